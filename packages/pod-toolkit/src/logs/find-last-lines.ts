import type { LogCall } from "@virtual-kubelet/provider";
import { endsLine, headBytes, isRecord, streamLetterOf, streamLetters } from "./stored-record.ts";

const newline = 10;
const firstBlockBytes = 64 * 1024;

/** Something of which any part can be read. */
export interface SeekableBytes {
  readonly size: number;
  /** As many bytes as asked for. They are read before the next call. */
  read(from: number, length: number): Promise<Buffer>;
}

/**
 * Where in a log in the CRI's format, with times of `logTime`, the last lines begin that a call asks for: the beginning, when
 * it asks for no number of them. Reads backwards, no more than it needs. A line that is not finished counts as one; a record
 * that is not whole, at the end, does not.
 */
export async function findLastLines(log: SeekableBytes, call: Pick<LogCall, "tailLines" | "stream">): Promise<number> {
  const { tailLines, stream } = call;
  // No line takes less, and its end: it need not be counted what cannot be too much.
  if (tailLines === undefined || tailLines * (headBytes + 1) >= log.size) return 0;
  const count = new LineCount(tailLines, stream);
  let blockBytes = firstBlockBytes;
  for (let right = log.size; right > 0;) {
    const left = Math.max(0, right - blockBytes);
    const block = await log.read(left, right - left);
    const begin = left === 0 ? 0 : block.indexOf(newline) + 1;
    const end = block.lastIndexOf(newline) + 1;
    if (begin === 0 && left > 0) {
      // No record begins here: they are longer than this.
      blockBytes *= 2;
      continue;
    }
    const found = count.findIn(block.subarray(begin, end));
    if (found !== undefined) return left + begin + found;
    if (begin === end && left > 0) blockBytes *= 2;
    else right = left + begin;
  }
  return 0;
}

class LineCount {
  #left: number;
  readonly #letter: number | undefined;
  #isFirst = true;

  constructor(lines: number, stream: LogCall["stream"]) {
    this.#left = lines;
    this.#letter = stream && streamLetters[stream];
  }

  /** Looks at whole records, the last first. Gives the end of the record that is one too many. */
  findIn(bytes: Buffer): number | undefined {
    for (let end = bytes.length; end > 0;) {
      const start = end === 1 ? 0 : bytes.lastIndexOf(newline, end - 2) + 1;
      if (isRecord(bytes, start, end - 1)) {
        // None at all: what matters is only where a record ends.
        if (this.#left === 0 && (this.#isFirst || this.#closesLine(bytes, start))) return end;
        if (this.#closesLine(bytes, start)) this.#left--;
        else if (this.#isFirst && this.#isSelected(bytes, start)) this.#left--;
        if (this.#isSelected(bytes, start)) this.#isFirst = false;
      }
      end = start;
    }
    return undefined;
  }

  #closesLine(bytes: Buffer, start: number): boolean {
    return endsLine(bytes, start) && this.#isSelected(bytes, start);
  }

  #isSelected(bytes: Buffer, start: number): boolean {
    return this.#letter === undefined || streamLetterOf(bytes, start) === this.#letter;
  }
}
