import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { SupervisorClient } from "../src/client.ts";
import { execInRun } from "../src/processes.ts";
import { Connection } from "../src/protocol/connection.ts";
import { channels, encodeFrame, encodeMessage } from "../src/protocol/frames.ts";
import { protocolVersion } from "../src/protocol/messages.ts";
import { until } from "./process-node.ts";

/** A supervisor that answers every request, and otherwise sends what the test makes it send. */
async function scriptedSupervisor() {
  const folder = mkdtempSync(join(tmpdir(), "vk-exec-"));
  const server = createServer((socket) => {
    socket.write(encodeMessage({ hello: { protocol: protocolVersion, pid: 1 } }));
    socket.once("data", () => socket.write(encodeMessage({ id: 1, result: {} })));
  });
  const connected = once(server, "connection") as Promise<[Socket]>;
  server.listen(join(folder, "socket"));
  await once(server, "listening");
  const client = {
    connect: (signal: AbortSignal) => Connection.greet(connect(join(folder, "socket")), signal),
  } as SupervisorClient;
  return {
    client,
    socket: async () => (await connected)[0],
    async [Symbol.asyncDispose]() {
      (await connected)[0].destroy();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

test("a command's exit is heard also when its output ended while the reader was behind", async () => {
  await using supervisor = await scriptedSupervisor();
  const { signal } = new AbortController();
  const run = { uid: "u", container: "app", attempt: 0 };
  const call = { signal, command: ["x"] as const, tty: false, stdin: false, stdout: true, stderr: true };
  const process = await execInRun(supervisor.client, run, call);
  const socket = await supervisor.socket();
  // More than the reader's stream holds, so that what comes last with the end still waits.
  const [output, end] = [Buffer.alloc(20_000, "x"), new Uint8Array()];
  const frames = Array.from({ length: 8 }, () => encodeFrame(channels.stdout, output));
  socket.write(Buffer.concat([...frames, encodeFrame(channels.stdout, end), encodeFrame(channels.stderr, end)]));
  await until(() => (process.stdout as Readable).readableLength === 8 * output.length, "all output to arrive");
  let bytes = 0;
  for await (const chunk of process.stdout) bytes += chunk.length;
  socket.end(encodeMessage({ exit: { type: "code", code: 7 } }));
  expect(await process.wait()).toEqual({ type: "code", code: 7 });
  expect(bytes).toBe(8 * output.length);
});
