import type { LogCall } from "@virtual-kubelet/provider";
import { LogFiles } from "./log-files.ts";
import { type LogRecord, LogRecordReader } from "./log-records.ts";

/**
 * The output of one run, from its folder: straight from the files, so that it is there also when the supervisor is not,
 * and held open from the beginning, so that it is there also when the run is deleted before it has been read.
 * Applies the whole call but for `previous`, which is the caller's choice of folder.
 *
 * @throws {ProviderError} `NotFound` when nothing is kept of the run.
 */
export async function openLogs(folder: string, call: LogCall): Promise<AsyncGenerator<Buffer>> {
  const output = readLogs(folder, call);
  await output.next();
  return output;
}

/** Yields nothing first, as soon as the files are open. */
async function* readLogs(folder: string, call: LogCall): AsyncGenerator<Buffer> {
  await using files = await LogFiles.open(folder);
  yield Buffer.alloc(0);
  const lines = new LineWriter(call);
  let skip = call.tailLines === undefined ? 0 : Math.max((await countLines(files)) - call.tailLines, 0);
  const reader = new LogRecordReader();
  for await (const chunk of files.read(call)) {
    const pieces: Buffer[] = [];
    for (const record of reader.push(chunk)) {
      if (skip === 0) pieces.push(...lines.write(record));
      else if (record.endsLine) skip--;
    }
    if (pieces.length > 0) yield Buffer.concat(pieces);
    if (lines.isFull) return;
  }
}

async function countLines(files: LogFiles): Promise<number> {
  const reader = new LogRecordReader();
  let count = 0;
  let isOpen = false;
  for await (const chunk of files.readOnce()) {
    for (const { endsLine } of reader.push(chunk)) {
      if (endsLine) count++;
      isOpen = !endsLine;
    }
  }
  return isOpen ? count + 1 : count;
}

const lineEnd = Buffer.from("\n");

/** Turns records back into output, within the bounds of a call. */
class LineWriter {
  readonly #since: string | undefined;
  readonly #timestamps: boolean;
  #remaining: number;
  #startsLine = true;

  constructor({ since, timestamps, limitBytes }: LogCall) {
    // As records write it, so that times can be compared as text.
    this.#since = since?.toISOString().replace("Z", "000000Z");
    this.#timestamps = timestamps;
    this.#remaining = limitBytes ?? Number.POSITIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#remaining <= 0;
  }

  *write({ time, endsLine, text }: LogRecord): Generator<Buffer> {
    if (this.#since !== undefined && time < this.#since) return;
    if (this.#startsLine && this.#timestamps) yield* this.#within(Buffer.from(`${time} `));
    yield* this.#within(text);
    if (endsLine) yield* this.#within(lineEnd);
    this.#startsLine = endsLine;
  }

  *#within(bytes: Buffer): Generator<Buffer> {
    if (this.#remaining <= 0) return;
    yield bytes.length > this.#remaining ? bytes.subarray(0, this.#remaining) : bytes;
    this.#remaining -= bytes.length;
  }
}
