/** One piece of output. */
export interface LogRecord {
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  /** Whether the line ends here. */
  readonly endsLine: boolean;
  /** Without the line's end. */
  readonly text: Buffer;
}

const newline = 10;
const space = 32;

/** Cuts log files, in whatever pieces they come, into records. What is no record is skipped. */
export class LogRecordReader {
  #pending: Buffer = Buffer.alloc(0);

  *push(bytes: Buffer): Generator<LogRecord> {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    let start = 0;
    for (let end = all.indexOf(newline); end !== -1; end = all.indexOf(newline, start)) {
      const record = parseRecord(all.subarray(start, end));
      start = end + 1;
      if (record) yield record;
    }
    // A copy: the piece that it is part of is filled anew by the next reading.
    this.#pending = Buffer.from(all.subarray(start));
  }
}

/** `<time> <stream> <F or P> <text>` */
function parseRecord(line: Buffer): LogRecord | undefined {
  const timeEnd = line.indexOf(space);
  const streamEnd = line.indexOf(space, timeEnd + 1);
  const tag = line[streamEnd + 1];
  if (timeEnd < 20 || streamEnd < 0 || line[streamEnd + 2] !== space || (tag !== 0x46 && tag !== 0x50))
    return undefined;
  return { time: line.toString("latin1", 0, timeEnd), endsLine: tag === 0x46, text: line.subarray(streamEnd + 3) };
}
