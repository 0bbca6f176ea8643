export interface ByteQueueOptions {
  /** How many bytes may wait before the producer is asked to pause. */
  readonly highWaterBytes: number;
  /** Called when more than that waits, and again when little enough does. */
  flow(paused: boolean): void;
}

/** What a waiting chunk costs beside its bytes, so that many small ones fill the queue too. */
const chunkOverheadBytes = 128;
const smallBytes = 4096;

/** Bytes from a producer that pushes, for one consumer that pulls, with a brake between the two. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #options: ByteQueueOptions;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #paused = false;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(options: ByteQueueOptions) {
    this.#options = options;
  }

  /** Bytes after the end are dropped. */
  push(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    // A small chunk may be a view into a large buffer, which it would keep alive.
    this.#chunks.push(bytes.length < smallBytes ? Uint8Array.from(bytes) : bytes);
    this.#size += bytes.length + chunkOverheadBytes;
    this.#brake();
    this.#wake?.();
  }

  /** Nothing follows; what waits is still given out. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Nobody reads any more: what waits is dropped, and the producer may go on, into nothing. */
  close(): void {
    this.#chunks.length = 0;
    this.#size = 0;
    this.#brake();
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) {
          this.#size -= chunk.length + chunkOverheadBytes;
          this.#brake();
          yield chunk;
        } else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.close();
    }
  }

  #brake(): void {
    const paused = this.#paused
      ? this.#size > this.#options.highWaterBytes / 2
      : this.#size > this.#options.highWaterBytes;
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#options.flow(paused);
  }
}
