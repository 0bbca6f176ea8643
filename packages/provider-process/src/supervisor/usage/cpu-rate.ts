/** Readings that are closer than this say more of the counter's coarseness than of the use. */
const shortestMs = 1000;
/** What was used in a longer time than this is not how much is in use. */
const longestMs = 5 * 60_000;

/** Cores in use, from the readings of a counter of nanoseconds. */
export class CpuRate {
  #last: { readonly nanoseconds: number; readonly atMs: number } | undefined;
  #nanoCores: number | undefined;

  /** In billionths, between the last two readings; `undefined` at first. `atMs` is of a clock that is never set. */
  read(nanoseconds: number, atMs: number): number | undefined {
    const last = this.#last;
    if (last && atMs - last.atMs < shortestMs) return this.#nanoCores;
    this.#last = { nanoseconds, atMs };
    const isFresh = last !== undefined && atMs - last.atMs <= longestMs;
    this.#nanoCores = isFresh ? Math.round(((nanoseconds - last.nanoseconds) * 1000) / (atMs - last.atMs)) : undefined;
    return this.#nanoCores;
  }
}
