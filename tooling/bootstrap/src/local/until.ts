import { setTimeout as delay } from "node:timers/promises";
import { PlainFailure } from "./plain-failure.ts";

export interface UntilOptions {
  /** Completes the sentence "Waited … for" when the time is over. */
  readonly what: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/** Asks again and again until the answer is something other than `undefined` and `false`. */
export async function until<T>(
  ask: () => Promise<T> | T,
  options: UntilOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + options.limitMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > deadline)
      throw new PlainFailure(`Waited ${options.limitMs / 1000} s for ${options.what} in vain.`);
    await delay(25, undefined, options.signal ? { signal: options.signal } : {});
  }
}
