export interface NewsCall {
  readonly signal: AbortSignal;
  /** How long to wait at most; for ever if not said. */
  readonly timeoutMs?: number | undefined;
}

const longestTimerMs = 2 ** 31 - 1;

/** That something has happened, told to all who wait for it. Who counts before looking misses nothing that happens meanwhile. */
export class News {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** How often there was news. */
  get count(): number {
    return this.#count;
  }

  tell(): void {
    this.#count++;
    for (const wake of this.#waiting) wake();
  }

  /** Waits for news after the `count`th: resolves to `true`, or to `false` when the time is up. Rejects when it is aborted. */
  async after(count: number, { signal, timeoutMs = Infinity }: NewsCall): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#count !== count) return true;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const wake = (): void => resolve(true);
    const stop = (): void => reject(signal.reason);
    const timer =
      timeoutMs === Infinity
        ? undefined
        : setTimeout(() => resolve(false), Math.min(Math.max(timeoutMs, 0), longestTimerMs));
    this.#waiting.add(wake);
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
      signal.removeEventListener("abort", stop);
    }
  }
}
