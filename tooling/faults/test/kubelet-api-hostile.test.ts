import { once } from "node:events";
import {
  type Endpoint,
  FrameReader,
  type PodContainer,
  commandPath,
  controlFrame,
  frameTypes,
  openCommand,
  openSpdy,
  startTrial,
  uint32,
} from "@virtual-kubelet/stream-load";
import { expect } from "vitest";
import { hostileRequests } from "../src/kubelet-api/hostile-requests.ts";
import { type HostileSpdy, firstStreams, hostileSpdy, wideWindows } from "../src/kubelet-api/hostile-spdy.ts";
import { closeCode, handshake, hostileWebSocket, openRawWebSocket } from "../src/kubelet-api/hostile-web-socket.ts";
import { MemoryWatch } from "../src/kubelet-api/process-watch.ts";
import { type Called, answerTo, openTls } from "../src/kubelet-api/raw-client.ts";
import { SlowClients } from "../src/kubelet-api/slow-clients.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const sleeping = { command: ["sleep", "300"] };

/** How long a request takes on a connection that stands: the best of some medians, since a machine has more to do. */
async function paceMs(called: Called): Promise<number> {
  const socket = await openTls(called);
  const medians: number[] = [];
  for (let round = 0; round < 5; round++) {
    const times: number[] = [];
    for (let index = 0; index < 40; index++) {
      const startedAt = performance.now();
      socket.write("GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n");
      await once(socket, "data");
      times.push(performance.now() - startedAt);
    }
    medians.push(times.toSorted((a, b) => a - b)[20] ?? 0);
  }
  socket.destroy();
  return Math.min(...medians);
}

scenario(
  "50 clients that never finish, and requests that nobody should send",
  {
    expected: "Each is closed or refused in its time; memory stays bounded, and others are served as fast as before.",
    guard: {
      file: "packages/kubelet-api/src/kubelet-api.ts",
      from: "  headersTimeout: 10_000,\n  requestTimeout: 30_000,",
      to: "  headersTimeout: 120_000,\n  requestTimeout: 120_000,",
    },
    timeoutMs: 120_000,
  },
  async ({ saw }) => {
    await using trial = await startTrial();
    await trial.runPod("idle", sleeping);
    const before = await paceMs(trial.node);
    using memory = new MemoryWatch(trial.process.pid);
    const openedAt = performance.now();
    using slow = await SlowClients.open(trial.node, { inHandshake: 450, inHeaders: 50 });
    expect(slow.open).toBe(500);
    const during = await paceMs(trial.node);
    for (const { what, said, statuses } of hostileRequests("idle")) {
      const { status = "closed" } = await answerTo(trial.node, said);
      expect({ what, status }).toEqual({ what, status: expect.toSatisfy((each) => statuses.includes(each)) });
    }
    await until(() => slow.open === 0, { what: "the slow ones to be closed", timeoutMs: 25_000 });
    const seconds = (performance.now() - openedAt) / 1000;
    expect(seconds).toBeGreaterThan(5);
    expect(during).toBeLessThan(2 * before + 10);
    expect(memory.grownMegabytes).toBeLessThan(64);
    saw(
      `500 closed within ${seconds.toFixed(1)} s; ${before.toFixed(2)} ms before, ${during.toFixed(2)} ms meanwhile; + ${memory.grownMegabytes} MB`,
    );
  },
);

const protocols = ["v4.channel.k8s.io"];
/** Of a thousand frames each: some times what anybody may send at once. */
const floodRounds = 60;

function sleepPath(node: Endpoint, target: PodContainer): string {
  return commandPath(node, target, { command: ["sleep", "1000"], streams: ["stdin", "stdout"] });
}

/** A node that has not said goodbye by then does not mean to. */
const goodbyeLimitMs = 30_000;

/** The status with which the node says goodbye, before it ends the connection; 1: a broken protocol. */
async function goodbyeTo(node: Endpoint, target: PodContainer, { said, isFlood }: HostileSpdy) {
  const { socket, head } = await openSpdy(node, sleepPath(node, target), protocols);
  const reader = new FrameReader();
  let status: number | undefined;
  socket
    .on("error", () => {})
    .on("data", (bytes: Buffer) => {
      for (const { type, payload } of reader.read(bytes))
        if (type === frameTypes.goAway) status = payload.readUInt32BE(4);
    });
  socket.unshift(head);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(Buffer.concat([firstStreams, said]));
  const rounds = isFlood ? floodRounds : 0;
  for (let round = 0; round < rounds && !socket.destroyed; round++) {
    if (!socket.write(said)) await Promise.race([once(socket, "drain").catch(() => {}), closed]);
  }
  const limit = setTimeout(() => socket.destroy(), goodbyeLimitMs);
  await closed;
  clearTimeout(limit);
  return status;
}

/** Whether a question behind the widest windows is answered, on a connection that stands. */
async function bearsWideWindows(node: Endpoint, target: PodContainer): Promise<void> {
  const { socket } = await openSpdy(node, sleepPath(node, target), protocols);
  socket.write(Buffer.concat([firstStreams, wideWindows, controlFrame(frameTypes.ping, uint32(7))]));
  const reader = new FrameReader();
  for await (const bytes of socket) {
    for (const { type, payload } of reader.read(bytes as Buffer)) {
      if (type === frameTypes.ping && payload.readUInt32BE(0) === 7) return;
      expect(type).not.toBe(frameTypes.goAway);
    }
  }
  throw new Error("The connection has ended");
}

async function servesTheNext(node: Endpoint, target: PodContainer): Promise<void> {
  for (const protocol of ["spdy", "web-socket"] as const) {
    const { status } = await openCommand(node, { protocol, target, command: ["true"], streams: ["stdout"] });
    expect(JSON.parse(await status)).toMatchObject({ status: "Success" });
  }
}

scenario(
  "51 clients that break SPDY and WebSocket",
  {
    expected: "The connection is closed with the protocol's own word for it; memory stays bounded, the next is served.",
    guard: {
      file: "packages/kubelet-api/src/spdy/frame-reader.ts",
      from: "      exactly(body, 4 + 8 * body.readUInt32BE(0));",
      to: "",
    },
    timeoutMs: 120_000,
  },
  async ({ saw }) => {
    await using trial = await startTrial();
    const { node } = trial;
    const target = await trial.runPod("idle", sleeping);
    // What a node takes for its first streams is no fault.
    for (let round = 0; round < 10; round++) await servesTheNext(node, target);
    using memory = new MemoryWatch(trial.process.pid);
    for (const hostile of hostileSpdy) {
      // Who floods may be too busy to hear it.
      const statuses = hostile.isFlood ? [1, undefined] : [1];
      const status = await goodbyeTo(node, target, hostile);
      expect({ what: hostile.what, isTold: statuses.includes(status) }).toEqual({ what: hostile.what, isTold: true });
    }
    await bearsWideWindows(node, target);
    for (const { what, said, code } of hostileWebSocket) {
      const socket = await openRawWebSocket(node, sleepPath(node, target));
      socket.write(said);
      expect({ what, code: await closeCode(socket) }).toEqual({ what, code });
    }
    const unknown = await answerTo(node, handshake(sleepPath(node, target), "v9.channel.k8s.io"));
    expect(unknown.status).toBe(400);
    await servesTheNext(node, target);
    expect(memory.grownMegabytes).toBeLessThan(32);
    saw(`${hostileSpdy.length} and ${hostileWebSocket.length} kinds closed; + ${memory.grownMegabytes} MB`);
  },
);
