import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { WebSocket } from "ws";

export interface HeartbeatOptions {
  /** The connection under the WebSocket. */
  readonly connection: Socket;
  readonly pingMs: number;
  readonly idleMs: number;
  /** Called once: the client is gone, or has been idle for too long. */
  readonly expire: (reason: Error) => void;
}

/** Silent ticks after which a client is gone: with a tick of nine seconds that is within half a minute. */
const silentTicks = 2;
/** The same for a client that has not taken all its output: a reader that pauses answers no pings either. */
const stalledTicks = 40;

/**
 * Notices a client that has vanished without a word, a host that lost its network say: it is asked at every tick, and must
 * send something, anything, before the next but one. While we do not read from it ourselves its silence means nothing.
 */
export class Heartbeat implements Disposable {
  readonly #socket: WebSocket;
  readonly #options: HeartbeatOptions;
  readonly #timer: NodeJS.Timeout;
  #silent = 0;
  #bytesRead = 0;
  #bytesPending = 0;
  #activeAt = performance.now();

  constructor(socket: WebSocket, options: HeartbeatOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), options.pingMs);
  }

  /** Something was carried. */
  active(): void {
    this.#activeAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { idleMs, expire } = this.#options;
    this.#silent = this.#heard() ? 0 : this.#silent + 1;
    if (performance.now() - this.#activeAt > idleMs) expire(new Error(`The stream was idle for ${idleMs} ms.`));
    else if (this.#silent >= (this.#bytesPending > 0 ? stalledTicks : silentTicks))
      expire(new Error("The client is gone."));
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  /** Whether the client has sent or taken anything since the last tick. */
  #heard(): boolean {
    const { bytesRead } = this.#options.connection;
    const pending = this.#socket.bufferedAmount;
    const heard = bytesRead !== this.#bytesRead || pending < this.#bytesPending || this.#socket.isPaused;
    this.#bytesRead = bytesRead;
    this.#bytesPending = pending;
    return heard;
  }
}
