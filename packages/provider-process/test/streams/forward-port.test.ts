import { once } from "node:events";
import { type Socket, createServer } from "node:net";
import type { SupervisorClient } from "../../src/client.ts";
import type { ReachableAddress } from "../../src/protocol/messages.ts";
import { expect, test } from "vitest";
import { forwardToPod } from "../../src/streams/forward-port.ts";

const pod = { namespace: "default", name: "web", uid: "u" };
const { signal } = new AbortController();
const at = (inode: string, address = "127.0.0.1"): ReachableAddress => ({ address, inodes: [inode] });

/** A supervisor that says one thing before a connection is made, and another afterwards. */
function supervisor(...answers: readonly (readonly ReachableAddress[])[]): SupervisorClient {
  const rest = [...answers];
  return { request: async () => ({ addresses: rest.shift() ?? [] }) } as unknown as SupervisorClient;
}

test.each([
  { it: "nobody of the pod listens any more", after: [] },
  { it: "another socket has taken the port", after: [at("2")] },
])("a connection is given up without a byte when, once it is made, $it", async ({ after }) => {
  await using server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const forwarding = forwardToPod(supervisor([at("1")], after), pod, { port, signal });
  await expect(forwarding).rejects.toMatchObject({
    code: "Unavailable",
    message: `pod "default/web" does not listen on port ${port}`,
  });
  const [socket] = await accepted;
  socket.on("data", () => expect.unreachable());
  await once(socket, "close");
});

test("the next address is tried when nobody answers at the first", async () => {
  await using server = createServer((socket) => socket.end("here")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const both = [at("1", "127.0.0.8"), at("2")];
  const socket = await forwardToPod(supervisor(both, both), pod, { port, signal });
  expect(await socket.toArray()).toEqual([Buffer.from("here")]);
});
