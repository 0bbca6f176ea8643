import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";

const chunkBytes = 2 ** 20;

/** So many bytes of which no two chunks are alike, and the SHA-256 of all of them once they were read. */
export class HashedBytes {
  readonly #hash = createHash("sha256");
  readonly #length: number;

  /** @param length a multiple of a mebibyte */
  constructor(length: number) {
    this.#length = length;
  }

  stream(): Readable {
    return Readable.from(this.#chunks(), { objectMode: false, highWaterMark: 2 * chunkBytes });
  }

  /** In hexadecimal, of what was read so far. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  *#chunks(): Generator<Buffer> {
    const random = randomBytes(chunkBytes);
    for (let at = 0; at < this.#length; at += chunkBytes) {
      const chunk = Buffer.from(random);
      chunk.writeDoubleBE(at, 0);
      this.#hash.update(chunk);
      yield chunk;
    }
  }
}

/** The SHA-256 of all that a stream carries, in hexadecimal, and how much that was. */
export async function hashOf(
  stream: AsyncIterable<Buffer>,
): Promise<{ readonly digest: string; readonly length: number }> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { digest: hash.digest("hex"), length };
}
