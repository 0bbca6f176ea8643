import { pause, unlessAborted } from "../pause.ts";

export interface Pace {
  /** In the long run. */
  readonly perSecond: number;
  /** At once, after a rest: as many as in a second when absent, but one at least. */
  readonly burst?: number;
}

/** Turns at a pace, first come, first served. */
export class Turns {
  readonly #intervalMs: number;
  readonly #burstMs: number;
  /** When the next turn is due, were there no burst. */
  #dueMs = Number.NEGATIVE_INFINITY;
  #closedUntilMs = Number.NEGATIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();

  /** Without a pace, turns only wait for each other while `closed`. */
  constructor(pace: Pace | undefined) {
    this.#intervalMs = pace ? 1000 / pace.perSecond : 0;
    this.#burstMs = pace ? (Math.max(1, pace.burst ?? pace.perSecond) - 1) * this.#intervalMs : 0;
  }

  /** Nobody's turn comes before so many milliseconds have passed. */
  close(ms: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, performance.now() + ms);
  }

  /** For how long it is nobody's turn yet. */
  get closedMs(): number {
    return Math.max(0, this.#closedUntilMs - performance.now());
  }

  /** Resolves when it is the caller's turn; rejects with the signal's reason as soon as it is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    try {
      await unlessAborted(before, signal);
      for (let waitMs = this.#waitMs(); waitMs > 0; waitMs = this.#waitMs()) await pause(waitMs, signal);
      this.#dueMs = Math.max(this.#dueMs, performance.now() - this.#burstMs) + this.#intervalMs;
    } finally {
      // One that gives up leaves the order of the others as it is.
      void before.then(resolve);
    }
  }

  #waitMs(): number {
    return Math.max(this.#dueMs, this.#closedUntilMs) - performance.now();
  }
}
