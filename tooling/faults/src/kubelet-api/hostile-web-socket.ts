import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { type Called, openTls } from "./raw-client.ts";

/** What breaks a WebSocket, and by which code it is closed. */
export interface HostileWebSocket {
  readonly what: string;
  readonly said: Buffer;
  readonly code: number;
}

const [text, binary, ping, unfinished] = [0x81, 0x82, 0x89, 0x7f];

/** A frame of a client, masked with zeros. */
function frame(start: number, payload: readonly number[]): Buffer {
  return Buffer.from([start, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
}

function frameOfLength(length: bigint): Buffer {
  const bytes = Buffer.alloc(14);
  bytes.set([binary, 0xff]);
  bytes.writeBigUInt64BE(length, 2);
  return bytes;
}

export const hostileWebSocket: readonly HostileWebSocket[] = [
  { what: "a frame without a mask", said: Buffer.from([binary, 1, 0]), code: 1002 },
  { what: "a frame of 2^63 bytes", said: frameOfLength(2n ** 63n), code: 1009 },
  { what: "a frame of 64 MB", said: frameOfLength(64n * 2n ** 20n), code: 1009 },
  { what: "a control frame in pieces", said: frame(ping & unfinished, [1]), code: 1002 },
  { what: "text that is not UTF-8", said: frame(text, [0xc3, 0x28]), code: 1007 },
  { what: "an unknown channel", said: frame(binary, [9, 65]), code: 1002 },
  { what: "the end of an unknown channel", said: frame(binary, [255, 9]), code: 1002 },
];

/** The request that asks for a WebSocket; without `protocol` it offers none. */
export function handshake(path: string, protocol?: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: node",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  return [...lines, "", ""].join("\r\n");
}

/** A WebSocket whose bytes are one's own. */
export async function openRawWebSocket(called: Called, path: string): Promise<TLSSocket> {
  const socket = await openTls(called);
  socket.write(handshake(path, "v5.channel.k8s.io"));
  const [answer] = (await once(socket, "data")) as [Buffer];
  if (!answer.toString("latin1").startsWith("HTTP/1.1 101 ")) throw new Error(answer.toString("latin1"));
  return socket;
}

/** The code of the closing frame, after which the connection ends. */
export async function closeCode(socket: TLSSocket): Promise<number | undefined> {
  let heard: Buffer = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    // A client that does not answer it would be waited for.
    if (heard.includes(0x88)) socket.end();
  });
  await new Promise((resolve) => socket.once("close", resolve));
  const at = heard.lastIndexOf(0x88);
  return at === -1 ? undefined : heard.readUInt16BE(at + 2);
}
