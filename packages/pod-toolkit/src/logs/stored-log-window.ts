import type { LogCall } from "@virtual-kubelet/provider";
import { logTime } from "./log-record.ts";
import { endsLine, headBytes, isRecord, streamLetterOf, streamLetters, timeBytes } from "./stored-record.ts";

const newline = 10;
/** Texts up to this are moved by a loop: a call to move them would take longer. */
const shortBytes = 128;

/** The parts of a call that are decided record by record. */
export type StoredLogCall = Pick<LogCall, "timestamps" | "since" | "limitBytes" | "stream">;

/**
 * As `logWindow`, for output that is kept in the CRI's log format with times of `logTime`, and much faster: records become
 * output where they stand, in the memory of the chunk. So a chunk that is handed in is given away. The last lines are looked for
 * beforehand, from the end of what is kept, by `findLastLines`. What is no record is skipped.
 *
 * @example
 * ```ts
 * import { findLastLines, StoredLogWindow } from "@virtual-kubelet/pod-toolkit";
 * import type { LogCall } from "@virtual-kubelet/provider";
 *
 * export async function* lastLines(file: Buffer, call: LogCall): AsyncGenerator<Uint8Array> {
 *   const read = async (from: number, length: number) => file.subarray(from, from + length);
 *   const start = await findLastLines({ size: file.length, read }, call);
 *   yield* new StoredLogWindow(call).push(file.subarray(start));
 * }
 * ```
 */
export class StoredLogWindow {
  readonly #since: Buffer | undefined;
  readonly #timestamps: boolean;
  readonly #letter: number | undefined;
  #remaining: number;
  #startsLine = true;
  /** The beginning of a record whose end has not come. */
  #pending: Buffer[] = [];

  constructor({ since, timestamps, limitBytes, stream }: StoredLogCall) {
    this.#since = since && Buffer.from(logTime(since) ?? "");
    this.#timestamps = timestamps;
    this.#letter = stream && streamLetters[stream];
    this.#remaining = limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Whether nothing more can come. */
  get isFull(): boolean {
    return this.#remaining <= 0;
  }

  /** The output of what is whole in this chunk and those before it: none, or up to two pieces. The chunk is overwritten. */
  push(chunk: Buffer): readonly Buffer[] {
    const pieces: Buffer[] = [];
    let start = 0;
    if (this.#pending.length > 0) {
      start = chunk.indexOf(newline) + 1;
      if (start > 0) {
        pieces.push(this.#convert(Buffer.concat([...this.#pending, chunk.subarray(0, start)])));
        this.#pending = [];
      }
    }
    const end = chunk.lastIndexOf(newline) + 1;
    if (end < chunk.length) this.#pending.push(Buffer.from(chunk.subarray(end)));
    if (end > start) pieces.push(this.#convert(chunk.subarray(start, end)));
    return pieces.filter(({ length }) => length > 0);
  }

  /** Makes whole records output, in place: the output is never longer. */
  #convert(bytes: Buffer): Buffer {
    if (this.isFull) return bytes.subarray(0, 0);
    let out = 0;
    const area: Area = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(newline, start);
      if (isRecord(bytes, start, end) && this.#isWanted(bytes, start)) {
        if (this.#timestamps && this.#startsLine) out = move(area, out, { start, end: start + timeBytes + 1 });
        this.#startsLine = endsLine(bytes, start);
        out = move(area, out, { start: start + headBytes, end: this.#startsLine ? end + 1 : end });
      }
      start = end + 1;
    }
    const given = Math.min(out, this.#remaining);
    this.#remaining -= given;
    return bytes.subarray(0, given);
  }

  #isWanted(bytes: Buffer, start: number): boolean {
    if (this.#letter !== undefined && streamLetterOf(bytes, start) !== this.#letter) return false;
    return this.#since === undefined || bytes.compare(this.#since, 0, timeBytes, start, start + timeBytes) >= 0;
  }
}

/** The memory that is worked in, as bytes and for several of them at once. */
interface Area {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Moves bytes to the front, and gives the place behind them. */
function move(
  { bytes, view }: Area,
  to: number,
  { start, end }: { readonly start: number; readonly end: number },
): number {
  if (end - start > shortBytes) bytes.copyWithin(to, start, end);
  else {
    let at = start;
    let out = to;
    for (; at <= end - 4; at += 4, out += 4) view.setUint32(out, view.getUint32(at));
    while (at < end) bytes[out++] = bytes[at++] as number;
  }
  return to + end - start;
}
