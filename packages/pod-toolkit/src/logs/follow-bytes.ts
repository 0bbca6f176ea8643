import type { Awaitable, Call, LogCall } from "@virtual-kubelet/provider";
import { type PollOptions, pollPages } from "./poll-pages.ts";

export interface BytesQuestion extends Call {
  /** How many bytes of the log are known. */
  readonly offset: number;
}

/** A part of a log. */
export interface BytesPage {
  /** As many as the backend likes to give; none when there are no more. */
  readonly bytes: Uint8Array;
  /** Where they begin. Absent: at the offset that was asked for. Less than that: the log has begun anew. More: its beginning is gone. */
  readonly offset?: number;
  /** Whether nothing will ever be added to what is there now, these bytes and those behind them. To be found out before they are read. */
  readonly isEnded: boolean;
}

/**
 * A log that can only be read by offsets, followed: for `bytesWindow`, or `recordsFromTimestampedLines` and `logWindow` where lines begin
 * with their times. A log that was rotated is read from where it begins now.
 */
export async function* followBytes(
  read: (question: BytesQuestion) => Awaitable<BytesPage>,
  call: Pick<LogCall, "signal" | "follow">,
  options: PollOptions = {},
): AsyncGenerator<Uint8Array | "synced"> {
  let offset = 0;
  const readOn = async ({ signal }: Call) => {
    const page = await read({ signal, offset });
    offset = (page.offset ?? offset) + page.bytes.length;
    const isNews = page.bytes.length > 0;
    return { ...page, isNews, hasMore: isNews };
  };
  let isSynced = false;
  for await (const { bytes, hasMore } of pollPages(readOn, call, options)) {
    if (bytes.length > 0) yield bytes;
    if (!hasMore && !isSynced) {
      isSynced = true;
      yield "synced";
    }
  }
}
