/** How long to wait before a failed piece of work is tried again. Milliseconds. */
export interface RetryOptions {
  /** Before the second try. */
  readonly firstMs: number;
  /** Never longer than this. */
  readonly maxMs: number;
}

/** Doubles with each failure up to the cap, then takes a random share of 75 to 100 % off the wall, so that many do not come back at once. */
export function retryDelayMs(
  failures: number,
  { firstMs, maxMs }: RetryOptions,
  random: number = Math.random(),
): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (0.75 + 0.25 * random));
}
