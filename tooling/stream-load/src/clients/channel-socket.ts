import { Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";

const closeChannel = 255;

/** Streams over one WebSocket, by the byte that stands before each message: `v5.channel.k8s.io`. */
export class ChannelSocket {
  readonly #webSocket: WebSocket;
  readonly #readables = new Map<number, Readable>();

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on("message", (message: Buffer) => this.#take(message));
    webSocket.on("close", () => {
      for (const readable of this.#readables.values()) readable.push(null);
    });
  }

  /** What comes on a channel. While nobody takes it, nothing is read of any. */
  readable(channel: number): Readable {
    const readable = new Readable({ read: () => this.#resume() });
    this.#readables.set(channel, readable);
    return readable;
  }

  writable(channel: number): Writable {
    const head = Buffer.from([channel]);
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#webSocket.send(Buffer.concat([head, chunk]), done),
      final: (done) => this.#webSocket.send(Buffer.from([closeChannel, channel]), done),
    }).on("error", () => {});
  }

  #take(message: Buffer): void {
    const readable = this.#readables.get(message[0] ?? closeChannel);
    if (!readable || message.length === 1 || readable.destroyed) return;
    if (!readable.push(message.subarray(1))) this.#webSocket.pause();
  }

  #resume(): void {
    if (this.#webSocket.isPaused) this.#webSocket.resume();
  }
}
