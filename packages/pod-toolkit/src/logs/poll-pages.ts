import { type Call, isProviderError } from "@virtual-kubelet/provider";
import { pause, unlessAborted } from "../pause.ts";
import { leaveAloneMs } from "../requests/retry-after.ts";

export interface PollOptions {
  /** How long between two reads while something comes: 1,000 when absent. Twice as long each time nothing does, or a read fails. */
  readonly fastMs?: number;
  /** The longest time between two reads: 5,000 when absent. */
  readonly slowMs?: number;
  /** How long one read may take: 30,000 when absent. */
  readonly deadlineMs?: number;
}

/** One answer of a log that is read again and again. */
export interface Page {
  /** Whether nothing will ever be added to what has been read. */
  readonly isEnded: boolean;
  /** Whether there was anything new. */
  readonly isNews: boolean;
  /** Whether there may be more right now. */
  readonly hasMore?: boolean;
}

/**
 * What is read, again and again until it is ended or the call is, or until nothing more is there when it is not to be followed. A failure of the first read is
 * the caller's; later the log is read again when that may help.
 */
export async function* pollPages<P extends Page>(
  read: (call: Call) => Promise<P>,
  { signal, follow }: Call & { readonly follow: boolean },
  { fastMs = 1000, slowMs = 5000, deadlineMs = 30_000 }: PollOptions = {},
): AsyncGenerator<P> {
  let waitMs = fastMs;
  for (let isFirst = true; ; isFirst = false) {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    let askedMs = 0;
    try {
      const page = await unlessAborted(read({ signal: bounded }), bounded);
      yield page;
      if (page.hasMore && !signal.aborted) continue;
      if (page.isEnded || !follow) return;
      waitMs = page.isNews ? fastMs : Math.min(waitMs * 2, slowMs);
    } catch (error) {
      if (signal.aborted && follow) return;
      if (isFirst || !mayPass(error)) throw error;
      waitMs = Math.min(waitMs * 2, slowMs);
      askedMs = leaveAloneMs(error);
    }
    await pause(Math.max(waitMs, askedMs), signal).catch(() => {});
    if (signal.aborted) return;
  }
}

/** What is no `ProviderError` counts as `Unavailable`. */
function mayPass(error: unknown): boolean {
  return !isProviderError(error) || ["Unavailable", "Throttled", "DeadlineExceeded"].includes(error.code);
}
