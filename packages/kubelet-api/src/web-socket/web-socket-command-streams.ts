import type { Socket } from "node:net";
import type { Status } from "@virtual-kubelet/kubernetes";
import type { WebSocket } from "ws";
import type { Timeouts } from "../http/exchange.ts";
import type { StreamSelection } from "../remote-command/command-options.ts";
import type { CommandStreams } from "../remote-command/command-streams.ts";
import { LatestSize } from "../remote-command/latest-size.ts";
import { TerminalSizeReader } from "../remote-command/terminal-sizes.ts";
import { ByteQueue } from "../streaming/byte-queue.ts";
import type { ByteWriter } from "../streaming/byte-sink.ts";
import { channels, decodeFrame, encodeFrame } from "./channel-frame.ts";
import type { ChannelProtocol } from "./channel-protocol.ts";
import { Heartbeat } from "../streaming/heartbeat.ts";
import { webSocketPeer } from "./web-socket-peer.ts";

export interface WebSocketCommandStreamsOptions {
  readonly protocol: ChannelProtocol;
  readonly selection: StreamSelection;
  readonly controller: AbortController;
  readonly connection: Socket;
  readonly timeouts: Timeouts;
}

/** As kubelet cuts it. Small enough that stdout and stderr take turns. */
const frameBytes = 32 * 1024;
/** Output that may wait in this process for a slow client. */
const outputHighWaterBytes = 256 * 1024;
/** Input that may wait in this process for a slow container. */
const inputHighWaterBytes = 256 * 1024;

/** A client's streams in the channels of a WebSocket. */
export class WebSocketCommandStreams implements CommandStreams {
  readonly stdin?: ByteQueue;
  readonly stdout?: Pick<ByteWriter, "write">;
  readonly stderr?: Pick<ByteWriter, "write">;
  readonly sizes: LatestSize = new LatestSize();
  readonly #socket: WebSocket;
  readonly #options: WebSocketCommandStreamsOptions;
  readonly #heartbeat: Heartbeat;
  readonly #closed: Promise<void>;
  readonly #sizeReader = new TerminalSizeReader();

  constructor(socket: WebSocket, options: WebSocketCommandStreamsOptions) {
    this.#socket = socket;
    this.#options = options;
    const { selection, connection, timeouts } = options;
    if (selection.stdin) {
      const flow = (paused: boolean): void => (paused ? socket.pause() : socket.resume());
      this.stdin = new ByteQueue({ highWaterBytes: inputHighWaterBytes, flow });
    }
    if (selection.stdout) this.stdout = this.#writer(channels.stdout);
    if (selection.stderr) this.stderr = this.#writer(channels.stderr);
    this.#heartbeat = new Heartbeat(webSocketPeer(socket, connection), {
      pingMs: timeouts.pingMs,
      idleMs: timeouts.idleMs,
      expire: (reason) => this.#drop(reason),
    });
    this.#closed = new Promise((resolve) => {
      connection.once("close", () => {
        this.#end(new Error("The client is gone."));
        resolve();
      });
    });
    this.#listen();
    this.#greet();
  }

  get signal(): AbortSignal {
    return this.#options.controller.signal;
  }

  async finish(status: Status): Promise<void> {
    this.stdin?.close();
    this.sizes.end();
    const text = this.#statusText(status);
    try {
      // Only when the client has room is the closing begun: from then on it has but seconds.
      if (text !== undefined) await this.#deliver(channels.error, Buffer.from(text));
      this.#socket.close(1000);
    } catch {
      this.#socket.terminate();
    }
    await this.#closed;
  }

  #listen(): void {
    this.#socket.on("message", (message: Buffer) => this.#receive(message));
    this.#socket.on("close", () => this.#end(new Error("The client has closed the connection.")));
    // A message that breaks the protocol: the closing frame that says so is on its way.
    this.#socket.on("error", (error) => this.#end(error));
  }

  /** An empty message says that the connection stands, as kubelet's does. */
  #greet(): void {
    const { stdout, stderr } = this.#options.selection;
    const channel = stdout ? channels.stdout : stderr ? channels.stderr : channels.error;
    this.#deliver(channel, Buffer.alloc(0)).catch(() => {});
  }

  #receive(message: Buffer): void {
    this.#heartbeat.active();
    const frame = decodeFrame(message, this.#options.protocol);
    if (frame.type === "invalid") {
      this.#socket.close(1002, frame.problem);
      this.#end(new Error(`The client broke the protocol: ${frame.problem}.`));
    } else if (frame.type === "close") {
      if (frame.channel === channels.stdin) this.stdin?.end();
    } else if (frame.type === "data") this.#take(frame.channel, frame.payload);
  }

  #take(channel: number, payload: Uint8Array): void {
    if (channel === channels.stdin) this.stdin?.push(payload);
    if (channel !== channels.resize || !this.#options.selection.tty) return;
    for (const size of this.#sizeReader.push(payload)) this.sizes.set(size);
  }

  #writer(channel: number): Pick<ByteWriter, "write"> {
    return {
      write: async (bytes) => {
        for (let start = 0; start < bytes.length; start += frameBytes) {
          await this.#send(channel, bytes.subarray(start, start + frameBytes));
        }
      },
    };
  }

  /** Resolves when the client has room for more; rejects when it is gone. */
  #send(channel: number, payload: Uint8Array): Promise<void> {
    const sent = this.#deliver(channel, payload);
    if (this.#socket.bufferedAmount > outputHighWaterBytes) return sent;
    sent.catch(() => {});
    return Promise.resolve();
  }

  /** Resolves when the message has left this process. */
  #deliver(channel: number, payload: Uint8Array): Promise<void> {
    this.#heartbeat.active();
    return new Promise((resolve, reject) => {
      const frame = encodeFrame(channel, payload, this.#options.protocol);
      this.#socket.send(frame, (error) => (error ? reject(error) : resolve()));
    });
  }

  #statusText(status: Status): string | undefined {
    if (this.#options.protocol.jsonStatus) return JSON.stringify(status);
    return status.status === "Success" ? undefined : (status.message ?? "the command failed");
  }

  #drop(reason: Error): void {
    this.#end(reason);
    this.#socket.terminate();
  }

  #end(reason: Error): void {
    this.#heartbeat[Symbol.dispose]();
    this.stdin?.close();
    this.sizes.end();
    this.#options.controller.abort(reason);
  }
}
