import { type ProviderError, isProviderError } from "@virtual-kubelet/provider";

/** How long a backend that is throttling without saying for how long is left alone. Milliseconds. */
const defaultPauseMs = 1_000;
/** Nobody is left alone for longer. Milliseconds. */
const longestPauseMs = 60_000;

/** How fast the limit grows again: by so many for each round of creations that went well. */
const growth = 4;

/** How long a creation counts at most: one that hangs must not keep the others waiting. As long as it may hold a place of the queue. Milliseconds. */
const longestPlaceMs = 5_000;

export interface PaceCall {
  readonly signal: AbortSignal;
  /** Called when it has to wait. */
  readonly stepAside?: () => void;
}

/**
 * How many creations are under way at once: as many as there are, until the backend says that it is too much. Then none for as
 * long as it asked, after that half as many as were under way, and ever more again for as long as all goes well. Deletions
 * do not come here: they are never behind creations.
 */
export class CreationPace {
  #limit = Infinity;
  #running = 0;
  #opensAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();

  /** Creates when it is time. Rejects when aborted while it waits. */
  async take<T>(create: () => Promise<T>, call: PaceCall): Promise<T> {
    await this.#enter(call);
    using _place = this.#place();
    try {
      const result = await create();
      if (this.#limit !== Infinity) this.#limit += growth / this.#limit;
      return result;
    } catch (error) {
      if (isProviderError(error, "Throttled")) this.#slow(error);
      throw error;
    }
  }

  /** Of one that is under way; given back with its end, or when it has taken too long. */
  #place(): Disposable {
    const leave = (): void => {
      this.#running--;
      this.#admit();
    };
    const timer = setTimeout(() => {
      leave();
      isHeld = false;
    }, longestPlaceMs);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        if (isHeld) leave();
      },
    };
  }

  async #enter({ signal, stepAside }: PaceCall): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting.size === 0 && this.#isOpen(performance.now())) {
      this.#running++;
      return;
    }
    stepAside?.();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      this.#waiting.delete(resolve);
      reject(signal.reason);
    };
    this.#waiting.add(resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#admit();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #isOpen(nowMs: number): boolean {
    return this.#running < Math.max(1, Math.floor(this.#limit)) && nowMs >= this.#opensAtMs;
  }

  #slow({ retryAfterMs }: ProviderError): void {
    const pauseMs = Math.min(retryAfterMs ?? defaultPauseMs, longestPauseMs);
    // Those that were under way together fail together: that is one answer, not one for each.
    if (performance.now() >= this.#opensAtMs) this.#limit = Math.max(1, Math.floor(this.#running / 2));
    this.#opensAtMs = Math.max(this.#opensAtMs, performance.now() + pauseMs);
  }

  #admit(): void {
    // One time for both questions: were it open by the second, nobody would come back.
    const nowMs = performance.now();
    for (const enter of this.#waiting) {
      if (!this.#isOpen(nowMs)) break;
      this.#waiting.delete(enter);
      this.#running++;
      enter();
    }
    if (this.#waiting.size === 0 || this.#timer) return;
    const waitMs = this.#opensAtMs - nowMs;
    if (waitMs <= 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#admit();
    }, waitMs);
    // What waits for it is ended by its signal.
    this.#timer.unref();
  }
}
