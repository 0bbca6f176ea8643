import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { HostProvider } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { execPath } from "../remote-command-client.ts";

const text = 0x81;
const binary = 0x82;
const unfinishedPing = 0x09;

/** A frame as a client sends it, masked with zeros. */
function frame(start: number, payload: readonly number[]): Buffer {
  return Buffer.from([start, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
}

describe("a client that breaks the protocol", () => {
  it.each([
    ["a frame without a mask", Buffer.from([binary, 1, 0]), 1002],
    ["a length of 2^63", Buffer.from([binary, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ["a message larger than allowed", Buffer.from([binary, 0xff, 0, 0, 0, 0, 0, 0x50, 0, 0, 0, 0, 0, 0]), 1009],
    ["text that is not UTF-8", frame(text, [0xc3, 0x28]), 1007],
    ["a control frame in pieces", frame(unfinishedPing, [1]), 1002],
    ["an unknown channel", frame(binary, [9, 65]), 1002],
    ["the end of an unknown channel", frame(binary, [255, 9]), 1002],
    ["a compressed frame that was not agreed on", frame(binary | 0x40, [0, 65]), 1002],
  ])("by %s is told so, and its process is killed", async (_, bytes, code) => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const socket = await handshake(kubelet, execPath({ command: ["sleep", "100"] }));
    await eventually(() => provider.calls.length === 1);
    socket.write(bytes);
    expect(await closeCode(socket)).toBe(code);
    expect(provider.calls[0]?.signal.aborted).toBe(true);
    socket.destroy();
    await eventually(() => kubelet.lines.some(({ audit }) => audit === "exec"));
  });
});

async function handshake(kubelet: Kubelet, path: string): Promise<TLSSocket> {
  const socket = await kubelet.socket();
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n",
  );
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString("latin1")).toMatch(/^HTTP\/1.1 101 /);
  return socket;
}

/** The code of the closing frame, which is the last that the server sends. */
async function closeCode(socket: TLSSocket): Promise<number> {
  let received = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
  await eventually(() => received.lastIndexOf(0x88) !== -1);
  return received.readUInt16BE(received.lastIndexOf(0x88) + 2);
}
