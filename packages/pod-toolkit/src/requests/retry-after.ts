import { isProviderError } from "@virtual-kubelet/provider";

const longestMs = 3_600_000;

/** How long a backend is left alone after an error, in milliseconds: as it asks for, but for an hour at most, as what it asks for may be wrong. */
export function leaveAloneMs(error: unknown): number {
  return isProviderError(error) ? Math.min(error.retryAfterMs ?? 0, longestMs) : 0;
}

/** What a Retry-After header asks for, seconds or a date, in milliseconds from now; `undefined` when it says neither. */
export function retryAfterMs(header: string | null | undefined, nowMs: number = Date.now()): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // A date of HTTP has a name of a day; without one, a number would pass for a year.
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
