export interface BackoffOptions {
  readonly minMs?: number;
  readonly maxMs?: number;
  /** After so long without a failure the next one counts as the first. */
  readonly resetAfterMs?: number;
}

/**
 * How long to wait after the next failure: 0.8 s, twice as long each time, at most 30 s, each up to half longer or shorter so
 * that many clients do not come back at once; from the start again after two minutes of health.
 *
 * Source of the numbers: client-go tools/cache/reflector.go.
 */
export class Backoff {
  readonly maxMs: number;
  readonly #minMs: number;
  readonly #resetAfterMs: number;
  #nextMs: number;
  #healthySince = Number.NEGATIVE_INFINITY;

  constructor(options: BackoffOptions = {}) {
    this.#minMs = options.minMs ?? 800;
    this.maxMs = options.maxMs ?? 30_000;
    this.#resetAfterMs = options.resetAfterMs ?? 120_000;
    this.#nextMs = this.#minMs;
  }

  next(now: number = performance.now()): number {
    if (now - this.#healthySince >= this.#resetAfterMs) this.#nextMs = this.#minMs;
    const delayMs = this.#nextMs * (0.5 + Math.random());
    this.#nextMs = Math.min(this.#nextMs * 2, this.maxMs);
    // Health can only begin when the wait is over.
    this.#healthySince = now + delayMs;
    return delayMs;
  }
}
