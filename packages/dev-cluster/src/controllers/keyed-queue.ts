import { setImmediate } from "node:timers/promises";

/** The longest delay that a timer can have. */
const longestDelayMs = 2 ** 31 - 1;

/** Keys that are due, each once however often it was added, and keys that will be. */
export class KeyedQueue {
  readonly #due = new Set<string>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #wake: (() => void) | undefined;

  add(key: string): void {
    this.#due.add(key);
    this.#wake?.();
  }

  /** Adds `key` after `delayMs`; this replaces an earlier such wish, and `undefined` takes it back. */
  addLater(key: string, delayMs: number | undefined): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    if (delayMs === undefined) return;
    const fire = (): void => {
      this.#timers.delete(key);
      this.add(key);
    };
    this.#timers.set(key, setTimeout(fire, Math.min(Math.max(delayMs, 0), longestDelayMs)));
  }

  /** Yields keys as they become due, until aborted. Others get their turn between two rounds, so that a burst of changes is one look. */
  async *take({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<string> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        if (this.#due.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
        await setImmediate();
        const round = Array.from(this.#due);
        for (const key of round) {
          if (signal.aborted) return;
          this.#due.delete(key);
          yield key;
        }
      }
    } finally {
      signal.removeEventListener("abort", wake);
      for (const timer of this.#timers.values()) clearTimeout(timer);
      this.#timers.clear();
    }
  }
}
