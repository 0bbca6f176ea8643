import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ProviderError } from "@virtual-kubelet/provider";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { NomadClient } from "../../src/client.ts";
import { requests } from "../../src/client/requests.ts";
import { RemoteCommand } from "../../src/streams/remote-command.ts";
import { call, textOf } from "../nomad-node.ts";

const wanted = { ...call, command: ["true"], tty: false, stdin: false, stdout: true, stderr: true } as const;
let server: WebSocketServer;
let client: NomadClient;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new NomadClient({ address, namespace: "default" });
});

afterEach(async () => {
  for (const socket of server.clients) socket.terminate();
  server.close();
  await client[Symbol.asyncDispose]();
});

async function commandOf(serve: (socket: WebSocket) => void): Promise<RemoteCommand> {
  server.once("connection", serve);
  const socket = await client.socket(requests.exec("a", { task: "app", tty: false, command: ["true"] }), call);
  const errorOf = (code: number, reason: string) => new ProviderError("Unavailable", `closed: ${code} ${reason}`);
  return new RemoteCommand(socket, { call: wanted, errorOf });
}

test.each(["<html>", "null", '{"stdout":{"data":7}}'])(
  "a frame that is none of Nomad's ends the command with an error: %s",
  async (frame) => {
    const command = await commandOf((socket) => setImmediate(() => socket.send(frame)));
    await expect(command.process().wait()).rejects.toMatchObject({ code: "Unavailable" });
  },
);

test("what is said at once is heard", async () => {
  const data = Buffer.from("first").toString("base64");
  const command = await commandOf((socket) => {
    socket.send(JSON.stringify({ stdout: { data } }));
    socket.send(JSON.stringify({ exited: true, result: { exit_code: 3 } }));
  });
  const process = command.process();
  expect(await textOf(process.stdout)).toBe("first");
  expect(await process.wait()).toEqual({ type: "code", code: 3 });
});
