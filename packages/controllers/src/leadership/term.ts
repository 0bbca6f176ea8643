import { ProviderError } from "@virtual-kubelet/provider";
import type { Stopwatch } from "./stopwatch.ts";

export interface TermOptions {
  /** How long after a renewal was asked for the term is over if no other succeeds. */
  readonly deadlineMs: number;
  /** Since when the lease is asked for that begins the term. */
  readonly asked: Stopwatch;
}

/** What may be done as long as it is not over: nothing more of it begins afterwards. */
export interface Fence {
  /** @throws {ProviderError} `Unavailable` once it is over. */
  throwIfOver(): void;
}

/**
 * The time in which this agent, and no other, acts for a node. Whether it is over is read from a clock whenever somebody asks,
 * so that it is over too for a process that was stopped and wakes up, before any of its timers has fired.
 */
export class Term implements Fence {
  readonly #deadlineMs: number;
  readonly #ending = new AbortController();
  #asked: Stopwatch;
  #timer: NodeJS.Timeout | undefined;

  constructor({ deadlineMs, asked }: TermOptions) {
    this.#deadlineMs = deadlineMs;
    this.#asked = asked;
    this.#watchClock();
  }

  /** Aborts when it is over, at the latest; what was begun before is to end then. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** How long it lasts without another renewal. Milliseconds. */
  get remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#deadlineMs - this.#asked.elapsedMs);
  }

  get isOver(): boolean {
    if (!this.signal.aborted && this.remainingMs === 0) this.end("it could not renew its lease in time");
    return this.signal.aborted;
  }

  throwIfOver(): void {
    if (this.isOver) throw this.signal.reason;
  }

  /** The lease was renewed. Counts from when that was asked for, and no longer once the term is over. */
  extend(asked: Stopwatch): void {
    if (this.isOver) return;
    this.#asked = asked;
    this.#watchClock();
  }

  /** Over before its time. */
  end(why: string): void {
    clearTimeout(this.#timer);
    this.#ending.abort(new ProviderError("Unavailable", `This agent does not act for the node any more: ${why}`));
  }

  #watchClock(): void {
    clearTimeout(this.#timer);
    if (!this.isOver) this.#timer = setTimeout(() => this.#watchClock(), this.remainingMs);
  }
}
