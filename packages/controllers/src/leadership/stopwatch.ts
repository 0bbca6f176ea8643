import { uptime } from "node:os";

/**
 * How long ago it was made, by the clock that says more: one stands still while the host is suspended, the other does not.
 * Neither is moved by whoever sets the time of day.
 */
export class Stopwatch {
  readonly #awakeAtMs: number = performance.now();
  readonly #uptimeAtMs: number = uptime() * 1_000;

  get elapsedMs(): number {
    return Math.max(performance.now() - this.#awakeAtMs, uptime() * 1_000 - this.#uptimeAtMs);
  }
}
