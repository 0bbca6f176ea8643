import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { openSocket } from "../../src/client/open-socket.ts";

const signal = AbortSignal.timeout(5_000);

/** A server that says its first word in the same breath as its yes. */
function hasty(word: string): ReturnType<typeof createServer> {
  return createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const [, key = ""] = /^sec-websocket-key: (.+)\r$/im.exec(request.toString()) ?? [];
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      const yes = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(yes), Buffer.from([0x81, word.length]), Buffer.from(word)]));
    });
  }).listen(0, "127.0.0.1");
}

test("what a server says together with its yes is heard by whoever gets the socket", async () => {
  const server = hasty("first");
  await once(server, "listening");
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  try {
    expect(await openSocket(socket, signal)).toBeUndefined();
    const heard = once(socket, "message", { signal });
    socket.resume();
    const [word] = (await heard) as [Buffer];
    expect(word.toString()).toBe("first");
  } finally {
    socket.terminate();
    server.close();
  }
});
