import type { Awaitable, Call, LogCall } from "@virtual-kubelet/provider";
import { type LogBatch, type LogRecord, logTime } from "./log-record.ts";
import { type PollOptions, pollPages } from "./poll-pages.ts";

/** What is to be read of a log. A backend that knows only one of the two goes by that. */
export interface RecordsQuestion extends Call {
  /** Only records of this time, as `logTime` gives it, and later; absent: from the beginning. */
  readonly since?: string;
  /** So many of the last lines are enough. */
  readonly lines: number;
}

/** What a backend has of a log. */
export interface RecordsPage {
  /** Oldest first. */
  readonly records: readonly LogRecord[];
  /** Whether nothing will ever be added to this. To be found out before it is read. */
  readonly isEnded: boolean;
  /** Whether records before these were left out that may be of `since` or later, because there are more lines than were asked for or may be. */
  readonly isCut?: boolean;
}

/** The parts of a call that say what is to be read, and for how long. */
export type FollowCall = Pick<LogCall, "signal" | "follow" | "since" | "tailLines" | "stream">;

/** As much of the last lines as is asked for in order to miss none. */
const maxLines = 65_536;
const firstLines = 1024;

/**
 * A log that can only be read, followed: for `logWindow`, which does the rest of the call. Nothing is given twice and nothing left out,
 * also where equal lines follow each other and the oldest are rotated away: what is read again is known by its time, and what has the last
 * time by how often that has been given. So records must be in the order of their times. A line that is not finished waits for its end.
 *
 * Where more is written between two reads than may be read at once, the oldest of it is missed.
 *
 * @example
 * ```ts
 * import { type RecordsPage, type RecordsQuestion, followRecords, logWindow } from "@virtual-kubelet/pod-toolkit";
 * import type { LogCall } from "@virtual-kubelet/provider";
 *
 * export function logs(read: (question: RecordsQuestion) => Promise<RecordsPage>, call: LogCall): AsyncIterable<Uint8Array> {
 *   return logWindow(followRecords(read, call), call);
 * }
 * ```
 */
export async function* followRecords(
  read: (question: RecordsQuestion) => Awaitable<RecordsPage>,
  call: FollowCall,
  options: PollOptions = {},
): AsyncGenerator<LogBatch> {
  const given = new GivenRecords();
  const pages = pollPages((bounded) => next(read, { ...call, ...bounded }, given), call, options);
  let isSynced = false;
  for await (const { records } of pages) {
    if (records.length > 0) yield records;
    if (!isSynced) yield "synced";
    isSynced = true;
  }
}

async function next(
  read: (question: RecordsQuestion) => Awaitable<RecordsPage>,
  call: FollowCall,
  given: GivenRecords,
): Promise<RecordsPage & { readonly isNews: boolean }> {
  const since = given.time ?? (call.since && logTime(call.since));
  let lines = given.time === undefined ? firstQuestion(call, given) : firstLines;
  for (;;) {
    const page = await read({ signal: call.signal, lines, ...(since ? { since } : {}) });
    const [oldest] = page.records;
    const lastTime = given.time ?? (call.follow ? lastTimeOf(page.records) : undefined);
    // What has the time of the last that was given, or will be the first to be given, may be cut in its middle.
    const mayMiss = page.isCut && lastTime !== undefined && oldest !== undefined && oldest.time >= lastTime;
    if (!mayMiss || lines >= maxLines) {
      const records = given.take(page.records, call.follow && !page.isEnded);
      return { ...page, records, isNews: records.length > 0 };
    }
    lines *= 8;
  }
}

/** That of the last line that is whole. */
function lastTimeOf(records: readonly LogRecord[]): string | undefined {
  return records.findLast(({ endsLine }) => endsLine)?.time;
}

/**
 * The last lines of one stream are not among the last lines of both, and where there was nothing all that comes is new. What comes is
 * told by what is there, and the last of that may still grow: so it takes two lines, though none is wanted.
 */
function firstQuestion({ tailLines, stream }: FollowCall, { hasRead }: GivenRecords): number {
  return stream || tailLines === undefined || hasRead ? Number.POSITIVE_INFINITY : Math.max(2, tailLines);
}

/** What has been given of a log: of all that matters only what has the last time. */
class GivenRecords {
  #last: readonly LogRecord[] = [];
  #hasRead = false;

  /** Whether the log was looked at, be it that there was nothing to give. */
  get hasRead(): boolean {
    return this.#hasRead;
  }

  get time(): string | undefined {
    return this.#last[0]?.time;
  }

  /** What is new among records; without the last, when that is a line that may still grow. */
  take(records: readonly LogRecord[], mayGrow: boolean): readonly LogRecord[] {
    this.#hasRead = true;
    const { time } = this;
    const fresh = time === undefined ? records : records.filter((record) => record.time >= time);
    const known = overlap(this.#last, fresh);
    const whole = mayGrow && fresh.at(-1)?.endsLine === false ? fresh.slice(0, -1) : fresh;
    const taken = whole.slice(known);
    const lastTime = taken.at(-1)?.time;
    if (lastTime !== undefined) {
      const before = lastTime === time ? this.#last : [];
      this.#last = [...before, ...taken.filter((record) => record.time === lastTime)];
    }
    return taken;
  }
}

/** How many of the last of some records are the first of others. */
function overlap(given: readonly LogRecord[], read: readonly LogRecord[]): number {
  for (let length = Math.min(given.length, read.length); length > 0; length--) {
    const from = given.length - length;
    if (given.slice(from).every((record, index) => isSame(record, read[index]))) return length;
  }
  return 0;
}

function isSame(a: LogRecord, b: LogRecord | undefined): boolean {
  if (!b || a.time !== b.time || a.stream !== b.stream || a.endsLine !== b.endsLine) return false;
  return Buffer.compare(a.text, b.text) === 0;
}
