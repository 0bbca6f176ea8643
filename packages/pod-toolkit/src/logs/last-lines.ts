import type { LogRecord } from "./log-record.ts";

/** What a record costs beside its text. */
const recordOverheadBytes = 256;

/**
 * The last lines of output that passes by. Beyond `maxBytes` the oldest is dropped, as if the log had been kept no longer:
 * the newest record stays in any case.
 */
export class LastLines {
  readonly #lines: number;
  readonly #maxBytes: number;
  #records: LogRecord[] = [];
  #first = 0;
  #bytes = 0;
  #ended = 0;

  constructor({ lines, maxBytes }: { readonly lines: number; readonly maxBytes: number }) {
    this.#lines = lines;
    this.#maxBytes = maxBytes;
  }

  push(record: LogRecord): void {
    // A copy: what it is a part of may be large, and would be kept for it.
    this.#records.push({ ...record, text: Uint8Array.from(record.text) });
    this.#bytes += record.text.length + recordOverheadBytes;
    if (record.endsLine) this.#ended++;
    while (this.#ended + (record.endsLine ? 0 : 1) > this.#lines && !this.#isEmpty) this.#dropLine();
    while (this.#bytes > this.#maxBytes && this.#first < this.#records.length - 1) this.#drop();
    // Now and then, so that it costs little for each record.
    if (this.#first > 1024 && this.#first > this.#records.length / 2) this.#compact();
  }

  /** What is kept, oldest first. */
  records(): readonly LogRecord[] {
    return this.#records.slice(this.#first);
  }

  get #isEmpty(): boolean {
    return this.#first === this.#records.length;
  }

  #dropLine(): void {
    while (!this.#isEmpty && !this.#drop());
  }

  #drop(): boolean {
    const { text, endsLine } = this.#records[this.#first] as LogRecord;
    // Not kept alive until the next compaction.
    this.#records[this.#first++] = dropped;
    this.#bytes -= text.length + recordOverheadBytes;
    if (endsLine) this.#ended--;
    return endsLine;
  }

  #compact(): void {
    this.#records = this.#records.slice(this.#first);
    this.#first = 0;
  }
}

const dropped: LogRecord = { time: "", stream: "stdout", endsLine: false, text: new Uint8Array(0) };
