import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FrameReader, channels } from "../../../src/protocol/frames.ts";
import { Attachers } from "../../../src/supervisor/output/attachers.ts";
import { until } from "../../process-node.ts";

/** Both ends of connections, as the supervisor and its clients have them. */
async function connections(count: number) {
  const folder = mkdtempSync(join(tmpdir(), "vk-attach-"));
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket)).listen(join(folder, "socket"));
  await once(server, "listening");
  const clients = Array.from({ length: count }, () => connect(join(folder, "socket")));
  await until(() => accepted.length === count, "the connections");
  // One that is destroyed with bytes unread resets its peer.
  for (const socket of [...accepted, ...clients]) socket.on("error", () => undefined);
  return {
    accepted,
    clients,
    [Symbol.dispose]() {
      for (const socket of [...accepted, ...clients]) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What a client has been sent. */
function inbox(socket: Socket): { bytes: number; messages: string } {
  const box = { bytes: 0, messages: "" };
  const reader = new FrameReader();
  socket.on("data", (bytes) => {
    for (const { channel, payload } of reader.push(bytes)) {
      if (channel === channels.message) box.messages += payload.toString();
      else box.bytes += payload.length;
    }
  });
  return box;
}

test("a container waits for a caller who takes nothing, then goes on without, and says so to that caller", async () => {
  using ends = await connections(2);
  const output = { isPaused: false, pauses: 0, pause: () => output.set(true), resume: () => output.set(false), set };
  function set(paused: boolean): void {
    if (paused) output.pauses++;
    output.isPaused = paused;
  }
  const attachers = new Attachers("app", output, { patienceMs: 300 });
  for (const socket of ends.accepted) attachers.add(socket, { stdout: true, stderr: true });
  const [slow, quick] = ends.clients as [Socket, Socket];
  const got = inbox(quick);
  const block = Buffer.alloc(64 * 1024);
  let sent = 0;
  const write = () => {
    attachers.write("stdout", block);
    sent += block.length;
  };
  while (!output.isPaused) write();
  const slowest = Math.max(...ends.accepted.map(({ writableLength }) => writableLength));
  expect(slowest).toBeLessThan(1.2 * 1024 * 1024);
  await until(() => got.bytes === sent, "the quick one to have everything");

  await until(() => !output.isPaused, "the container to go on");

  for (let count = 0; count < 100; count++) {
    write();
    await until(() => got.bytes === sent, "the quick one to have everything");
  }
  expect(output.isPaused).toBe(false);
  expect(got.messages).toBe("");
  const late = inbox(slow);
  await once(slow, "close");
  expect(JSON.parse(late.messages)).toMatchObject({
    detached: { code: "Unavailable", message: expect.stringContaining('Detached from container "app"') as string },
  });
});

test("a container that waits goes on when the caller takes what waits, when it leaves, and when the container ends", async () => {
  using ends = await connections(3);
  const output = { isPaused: false, pause: () => (output.isPaused = true), resume: () => (output.isPaused = false) };
  const attachers = new Attachers("app", output);
  const fill = () => {
    while (!output.isPaused) attachers.write("stderr", Buffer.alloc(64 * 1024));
  };
  const [taking, leaving, staying] = ends.accepted as [Socket, Socket, Socket];
  attachers.add(taking, { stdout: false, stderr: true });
  fill();
  ends.clients[0]?.resume();
  await until(() => !output.isPaused, "what waits to be taken");
  taking.destroy();
  attachers.add(leaving, { stdout: false, stderr: true });
  fill();
  ends.clients[1]?.destroy();
  await until(() => !output.isPaused, "the caller to leave");
  attachers.add(staying, { stdout: false, stderr: true });
  fill();
  attachers.release();
  expect(output.isPaused).toBe(false);
});
