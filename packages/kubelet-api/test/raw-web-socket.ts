import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { eventually } from "./kubelet.ts";
import type { Kubelet } from "./kubelet.ts";

/** First bytes of whole messages. */
export const opcodes = { text: 0x81, binary: 0x82, close: 0x88, ping: 0x89, pong: 0x8a } as const;

/** A frame as a client sends it, masked with zeros. */
export function frame(start: number, payload: Uint8Array | readonly number[]): Buffer {
  const bytes = Buffer.from(payload as Uint8Array);
  const length =
    bytes.length < 126
      ? Buffer.from([0x80 | bytes.length])
      : Buffer.from([0xfe, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([Buffer.from([start]), length, Buffer.alloc(4), bytes]);
}

/** A connection after the handshake, for what no client would send. */
export class RawWebSocket {
  readonly socket: TLSSocket;
  #received: Buffer = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("error", () => {});
  }

  static async open(kubelet: Kubelet, path: string, protocol = "v5.channel.k8s.io"): Promise<RawWebSocket> {
    const socket = await kubelet.socket();
    socket.write(handshake(path, { "Sec-WebSocket-Protocol": protocol }));
    let answer = "";
    while (!answer.includes("\r\n\r\n")) {
      const [bytes] = (await once(socket, "data")) as [Buffer];
      answer += bytes.toString("latin1");
    }
    if (!answer.startsWith("HTTP/1.1 101 ")) throw new Error(answer);
    return new RawWebSocket(socket);
  }

  /** Reads on, and gives the code of the closing frame, which is the last that the server sends. */
  async closeCode(): Promise<number> {
    this.socket.on(
      "data",
      (bytes: Buffer) => (this.#received = Buffer.concat([this.#received, bytes]).subarray(-4096)),
    );
    await eventually(() => this.#received.lastIndexOf(0x88) !== -1);
    return this.#received.readUInt16BE(this.#received.lastIndexOf(0x88) + 2);
  }
}

export function handshake(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    Host: "node",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
