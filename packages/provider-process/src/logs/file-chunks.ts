import type { FileHandle } from "node:fs/promises";

const smallestBytes = 16 * 1024;
const largestBytes = 512 * 1024;

/**
 * Reads files in chunks, each in memory of its own: large ones where there is much to read, and small ones for what a
 * reader who follows finds.
 */
export class FileChunks {
  readonly #signal: AbortSignal;
  #size = smallestBytes;
  /** What was made to read into, and found nothing. */
  #spare: Buffer | undefined;

  /** Reading ends when the signal aborts. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** What is in a file between two positions, or up to where it ends. */
  async *read(file: FileHandle, { from, to }: { readonly from: number; readonly to: number }): AsyncGenerator<Buffer> {
    for (let at = from; at < to && !this.#signal.aborted;) {
      const buffer = this.#spare?.length === this.#size ? this.#spare : Buffer.allocUnsafeSlow(this.#size);
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
      this.#spare = bytesRead === 0 ? buffer : undefined;
      if (bytesRead === 0) return;
      at += bytesRead;
      this.#size = bytesRead === buffer.length ? Math.min(this.#size * 2, largestBytes) : smallestBytes;
      yield buffer.subarray(0, bytesRead);
    }
  }
}
