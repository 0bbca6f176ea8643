import { performance } from "node:perf_hooks";

/** The other side of a connection of streams, as far as it can be seen. */
export interface Peer {
  /** All that has come from it. */
  readonly bytesRead: number;
  /** What it has not yet taken. */
  readonly bytesPending: number;
  /** Whether we do not read from it ourselves. */
  readonly isHeldUp: boolean;
  /** Asks it to answer. */
  ping(): void;
  /** Whether its host has vanished, so far as the system can tell. */
  hostIsGone(): Promise<boolean>;
}

export interface HeartbeatOptions {
  readonly pingMs: number;
  readonly idleMs: number;
  /** The client is gone, or has been idle for too long. */
  readonly expire: (reason: Error) => void;
}

/**
 * Silent ticks after which a client is gone, be its host there or not: with a tick of nine seconds six minutes. A reader that
 * pauses answers no pings, nor does one on a slow line before it has got through what the sockets hold, which we do not see.
 */
const silentTicks = 40;

/** A timer that is set for longer goes off at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Notices a client that has vanished without a word, a host that lost its network say. It is asked at every tick; while it is
 * silent, or we do not read from it ourselves, the system is asked too whether its host is still there. What it was asked
 * is what the host has to acknowledge then, and a connection whose client was killed answers it by a reset.
 */
export class Heartbeat implements Disposable {
  readonly #peer: Peer;
  readonly #options: HeartbeatOptions;
  readonly #timer: NodeJS.Timeout;
  #idleTimer: NodeJS.Timeout | undefined;
  #silent = 0;
  #bytesRead = 0;
  #bytesPending = 0;
  #activeAt = performance.now();

  constructor(peer: Peer, options: HeartbeatOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), options.pingMs);
    this.#endIfIdle();
  }

  /** Something was carried. */
  active(): void {
    this.#activeAt = performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#idleTimer);
  }

  /** Looks again when it can be idle for long enough at the earliest. */
  #endIfIdle(): void {
    const { idleMs, expire } = this.#options;
    const leftMs = this.#activeAt + idleMs - performance.now();
    if (leftMs <= 0) expire(new Error(`The stream was idle for ${idleMs} ms.`));
    else this.#idleTimer = setTimeout(() => this.#endIfIdle(), Math.min(leftMs + 1, longestTimerMs));
  }

  #tick(): void {
    this.#silent = this.#heard() ? 0 : this.#silent + 1;
    if (this.#silent >= silentTicks) this.#options.expire(new Error("The client is gone."));
    else {
      this.#peer.ping();
      if (this.#peer.isHeldUp || this.#silent > 0) void this.#lookForHost();
    }
  }

  async #lookForHost(): Promise<void> {
    if (await this.#peer.hostIsGone()) this.#options.expire(new Error("The client's host does not answer."));
  }

  /** Whether the client has sent or taken anything since the last tick. */
  #heard(): boolean {
    const { bytesRead, bytesPending, isHeldUp } = this.#peer;
    const heard = bytesRead !== this.#bytesRead || bytesPending < this.#bytesPending || isHeldUp;
    this.#bytesRead = bytesRead;
    this.#bytesPending = bytesPending;
    return heard;
  }
}
