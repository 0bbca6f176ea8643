import { setTimeout as sleep } from "node:timers/promises";

/** The result of what must be over in time. Rejects with what it was that was not. */
export async function within<T>(result: PromiseLike<T> | T, limitMs: number, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} was not over within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Waiting {
  readonly limitMs: number;
  readonly lookMs: number;
  /** What is awaited, for the error. */
  readonly what: string;
  readonly signal: AbortSignal;
}

/** Looks until there is something. Rejects with what was awaited, and what was seen last, when the time is over. */
export async function until<T, Found extends T>(
  look: () => Promise<T>,
  is: (seen: T) => seen is Found,
  waiting: Waiting,
): Promise<Found> {
  const { limitMs, lookMs, what, signal } = waiting;
  for (const end = Date.now() + limitMs; ; await sleep(lookMs, undefined, { signal })) {
    const seen = await look();
    if (is(seen)) return seen;
    if (Date.now() > end) {
      throw new Error(`${what} did not come within ${limitMs} ms; seen last: ${JSON.stringify(seen) ?? "nothing"}`);
    }
  }
}
