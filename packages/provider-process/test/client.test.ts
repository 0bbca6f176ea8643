import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SupervisorClient } from "../src/client.ts";
import { FrameReader, channels, encodeMessage } from "../src/protocol/frames.ts";
import { type Request, protocolVersion } from "../src/protocol/messages.ts";
import { socketPath } from "../src/state-directory.ts";
import { call, until } from "./process-node.ts";

/** A supervisor that answers everything, or nothing at all, and tells how often it was connected to. */
async function scriptedSupervisor({ isHung = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), "vk-client-"));
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const reader = new FrameReader();
    if (!isHung) socket.write(encodeMessage({ hello: { protocol: protocolVersion, pid: 1 } }));
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      for (const { channel, payload } of reader.push(bytes)) {
        if (channel !== channels.message) continue;
        socket.write(encodeMessage({ id: (JSON.parse(payload.toString()) as Request).id, result: {} }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath(directory), resolve));
  return {
    directory,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

test("requests share one connection, also those that find it lost", async () => {
  await using supervisor = await scriptedSupervisor();
  const { directory, sockets } = supervisor;
  await using client = new SupervisorClient({ directory });
  const requests = () => Promise.all(Array.from({ length: 20 }, () => client.request("ping", {}, call)));

  await requests();
  expect(sockets).toHaveLength(1);

  const underWay = requests();
  sockets[0]?.destroy();
  await underWay;
  expect(sockets).toHaveLength(2);
});

test("a supervisor that hangs is left again", async () => {
  await using supervisor = await scriptedSupervisor({ isHung: true });
  await using client = new SupervisorClient({ directory: supervisor.directory });

  await expect(client.connect(AbortSignal.timeout(50))).rejects.toMatchObject({ code: "Unavailable" });

  const [socket] = supervisor.sockets;
  await until(() => socket?.destroyed === true, "the connection's end");
});
