import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import type { Timeouts } from "../http/exchange.ts";
import { ByteQueue } from "../streaming/byte-queue.ts";
import type { ByteWriter } from "../streaming/byte-sink.ts";
import { Heartbeat } from "../streaming/heartbeat.ts";
import { decodeFrame, encodeFrame } from "./channel-frame.ts";
import type { ChannelProtocol } from "./channel-protocol.ts";
import { webSocketPeer } from "./web-socket-peer.ts";

export interface ChannelSocketOptions {
  readonly protocol: ChannelProtocol;
  /** Channels are numbered from 0 to this one. */
  readonly lastChannel: number;
  /** Aborted when the client is gone. */
  readonly controller: AbortController;
  readonly connection: Socket;
  readonly timeouts: Timeouts;
}

/** As kubelet cuts it. Small enough that channels take turns. */
const frameBytes = 32 * 1024;
/** Output that may wait in this process for a slow client. */
const outputHighWaterBytes = 256 * 1024;
/** Input of one channel that may wait in this process for a slow reader. */
const inputHighWaterBytes = 256 * 1024;

/** Several streams in one WebSocket: each message starts with the number of its channel. */
export class ChannelSocket {
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #options: ChannelSocketOptions;
  readonly #heartbeat: Heartbeat;
  readonly #inputs = new Map<number, ByteQueue>();
  #fullInputs = 0;

  constructor(socket: WebSocket, options: ChannelSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    const { connection, timeouts } = options;
    this.#heartbeat = new Heartbeat(webSocketPeer(socket, connection), {
      pingMs: timeouts.pingMs,
      idleMs: timeouts.idleMs,
      expire: (reason) => this.#drop(reason),
    });
    this.closed = new Promise((resolve) => {
      connection.once("close", () => {
        this.#end(new Error("The client is gone."));
        resolve();
      });
    });
    this.#listen();
  }

  get signal(): AbortSignal {
    return this.#options.controller.signal;
  }

  /** What the client sends on a channel, to its end. While one channel's input is full, none is read. */
  input(channel: number): ByteQueue {
    const flow = (full: boolean): void => {
      this.#fullInputs += full ? 1 : -1;
      if (this.#fullInputs > 0) this.#socket.pause();
      else this.#socket.resume();
    };
    const queue = new ByteQueue({ highWaterBytes: inputHighWaterBytes, flow });
    this.#inputs.set(channel, queue);
    return queue;
  }

  writer(channel: number): Pick<ByteWriter, "write"> {
    return {
      write: async (bytes) => {
        for (let start = 0; start < bytes.length; start += frameBytes) {
          await this.#send(channel, bytes.subarray(start, start + frameBytes));
        }
      },
    };
  }

  /** Sends one message, however short. Resolves when it has left this process; rejects when the client is gone. */
  deliver(channel: number, payload: Uint8Array): Promise<void> {
    this.#heartbeat.active();
    return new Promise((resolve, reject) => {
      const frame = encodeFrame(channel, payload, this.#options.protocol);
      this.#socket.send(frame, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Everything has been sent: closes the connection, and waits for that. */
  async close(): Promise<void> {
    for (const input of this.#inputs.values()) input.close();
    this.#socket.close(1000);
    await this.closed;
  }

  /** The client does not take what it has to be told. */
  async terminate(): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }

  /** The node goes away, or the client has been told what it did wrong: a moment to take that, and the end. */
  async leave(withinMs: number): Promise<void> {
    this.#socket.close(1001);
    await Promise.race([this.closed, sleep(withinMs, undefined, { ref: false })]);
    await this.terminate();
  }

  #listen(): void {
    this.#socket.on("message", (message: Buffer) => this.#receive(message));
    this.#socket.on("close", () => this.#end(new Error("The client has closed the connection.")));
    // A message that breaks the protocol: the closing frame that says so is on its way.
    this.#socket.on("error", (error) => this.#end(error));
  }

  #receive(message: Buffer): void {
    this.#heartbeat.active();
    const { protocol, lastChannel } = this.#options;
    const frame = decodeFrame(message, protocol, lastChannel);
    if (frame.type === "invalid") {
      this.#socket.close(1002, frame.problem);
      this.#end(new Error(`The client broke the protocol: ${frame.problem}.`));
    } else if (frame.type === "close") this.#inputs.get(frame.channel)?.end();
    else if (frame.type === "data") this.#inputs.get(frame.channel)?.push(frame.payload);
  }

  /** Resolves when the client has room for more; rejects when it is gone. */
  #send(channel: number, payload: Uint8Array): Promise<void> {
    const sent = this.deliver(channel, payload);
    if (this.#socket.bufferedAmount > outputHighWaterBytes) return sent;
    sent.catch(() => {});
    return Promise.resolve();
  }

  #drop(reason: Error): void {
    this.#end(reason);
    this.#socket.terminate();
  }

  #end(reason: Error): void {
    this.#heartbeat[Symbol.dispose]();
    for (const input of this.#inputs.values()) input.close();
    this.#options.controller.abort(reason);
  }
}
