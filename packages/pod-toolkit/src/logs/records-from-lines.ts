import { type LogBatch, type LogRecord, logTime } from "./log-record.ts";

const newline = 10;
const space = 32;
/** More than any time of RFC 3339 takes that has at most nine decimals. */
const longestTime = 40;
/** As Go writes a time that was never set. */
const unknownTime = "0001-01-01T00:00:00.000000000Z";

export interface LineOptions {
  /** Where the lines were written: `stdout` when absent. */
  readonly stream?: LogRecord["stream"];
}

/**
 * The records of output whose lines begin with a time (RFC 3339) and a space, as many backends give it on demand. A line
 * without one has the time of the line before it. A line that is not finished is given as far as it has come, so that
 * neither a reader who follows nor the memory waits for its end.
 */
export async function* recordsFromTimestampedLines(
  chunks: AsyncIterable<Uint8Array | "synced">,
  { stream = "stdout" }: LineOptions = {},
): AsyncGenerator<LogBatch> {
  const lines = new TimestampedLines(stream);
  for await (const chunk of chunks) {
    if (chunk === "synced") yield lines.finish();
    yield chunk === "synced" ? chunk : lines.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  }
  yield lines.finish();
}

class TimestampedLines {
  readonly #stream: LogRecord["stream"];
  /** The beginning of a line of which it is not known yet whether it is a time. */
  #head: Buffer = Buffer.alloc(0);
  #isInLine = false;
  #time = unknownTime;

  constructor(stream: LogRecord["stream"]) {
    this.#stream = stream;
  }

  push(chunk: Buffer): readonly LogRecord[] {
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    this.#head = Buffer.alloc(0);
    return this.#cut(bytes, false);
  }

  /** What waits for more, taken as it is. */
  finish(): readonly LogRecord[] {
    const bytes = this.#head;
    this.#head = Buffer.alloc(0);
    return bytes.length === 0 ? [] : this.#cut(bytes, true);
  }

  #cut(bytes: Buffer, isLast: boolean): readonly LogRecord[] {
    const records: LogRecord[] = [];
    for (let at = 0; at < bytes.length;) {
      const newlineAt = bytes.indexOf(newline, at);
      const end = newlineAt === -1 ? bytes.length : newlineAt;
      if (!this.#isInLine) {
        const spaceAt = bytes.subarray(at, Math.min(end, at + longestTime)).indexOf(space);
        if (spaceAt === -1 && newlineAt === -1 && end - at < longestTime && !isLast) {
          this.#head = Buffer.from(bytes.subarray(at));
          break;
        }
        const timeEnd = spaceAt === -1 ? end : at + spaceAt;
        const time = timeEnd - at > longestTime ? undefined : logTime(bytes.toString("latin1", at, timeEnd));
        if (time !== undefined) at = Math.min(timeEnd + 1, end);
        this.#time = time ?? this.#time;
      }
      this.#isInLine = newlineAt === -1;
      records.push({
        time: this.#time,
        stream: this.#stream,
        endsLine: !this.#isInLine,
        text: bytes.subarray(at, end),
      });
      at = end + 1;
    }
    return records;
  }
}
