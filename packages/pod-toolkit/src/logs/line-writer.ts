import type { LogCall } from "@virtual-kubelet/provider";
import { type LogRecord, logTime } from "./log-record.ts";

const lineEnd = Buffer.from("\n");

/** The part of a call that is decided record by record. */
export type LineRules = Pick<LogCall, "timestamps" | "since" | "limitBytes">;

/** Turns records back into output, within the bounds of a call. */
export class LineWriter {
  readonly #since: string | undefined;
  readonly #timestamps: boolean;
  #remaining: number;
  #startsLine = true;

  constructor({ since, timestamps, limitBytes }: LineRules) {
    this.#since = since && logTime(since);
    this.#timestamps = timestamps;
    this.#remaining = limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Whether nothing more can come. */
  get isFull(): boolean {
    return this.#remaining <= 0;
  }

  /** The output of some records, in memory of its own. */
  write(records: Iterable<LogRecord>): Uint8Array {
    const pieces: Uint8Array[] = [];
    for (const { time, endsLine, text } of records) {
      if (this.#since !== undefined && time < this.#since) continue;
      if (this.#startsLine && this.#timestamps) this.#add(pieces, Buffer.from(`${time} `));
      this.#add(pieces, text);
      if (endsLine) this.#add(pieces, lineEnd);
      this.#startsLine = endsLine;
      if (this.isFull) break;
    }
    return Buffer.concat(pieces);
  }

  #add(pieces: Uint8Array[], bytes: Uint8Array): void {
    if (this.isFull) return;
    pieces.push(bytes.length > this.#remaining ? bytes.subarray(0, this.#remaining) : bytes);
    this.#remaining -= bytes.length;
  }
}
