import { untilAborted } from "../streaming/until-aborted.ts";

interface Shared<T> {
  readonly outcome: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Calls of which those with an equal key are made once for all who ask. One that nobody waits for any more is aborted. */
export class SharedCalls<T> {
  readonly #timeoutMs: number;
  readonly #running = new Map<string, Shared<T>>();

  /** `timeoutMs`: how long a call may take, whoever waits for it. */
  constructor(options: { readonly timeoutMs: number }) {
    this.#timeoutMs = options.timeoutMs;
  }

  /** How many are under way. */
  get size(): number {
    return this.#running.size;
  }

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /** Rejects with the signal's reason once that is aborted, while others go on waiting. */
  async run(key: string, signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const shared = this.#running.get(key) ?? this.#start(key, call);
    shared.waiting++;
    try {
      return await untilAborted(shared.outcome, signal);
    } finally {
      if (--shared.waiting === 0) shared.controller.abort(new Error("Nobody waits for it any more."));
    }
  }

  #start(key: string, call: (signal: AbortSignal) => Promise<T>): Shared<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(
      () => controller.abort(new Error(`no answer within ${this.#timeoutMs / 1000} s`)),
      this.#timeoutMs,
    );
    const ended = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => {
      // Whoever comes now begins anew.
      if (this.#running.get(key) === shared) this.#running.delete(key);
      ended.reject(signal.reason);
    });
    const outcome = Promise.race([call(signal), ended.promise]).finally(() => {
      clearTimeout(timer);
      if (this.#running.get(key) === shared) this.#running.delete(key);
    });
    outcome.catch(() => {});
    const shared: Shared<T> = { outcome, controller, waiting: 0 };
    this.#running.set(key, shared);
    return shared;
  }
}
