import { type Inflate, constants, createInflate } from "node:zlib";
import { headerDictionary } from "./header-dictionary.ts";
import { SpdyError } from "./spdy-error.ts";

/** What a block of headers may expand to. */
const longestBlock = 32 * 1024;
const mostHeaders = 64;

/** Expands the blocks of headers of one client, each building on those before. One at a time. */
export class HeaderInflater implements Disposable {
  readonly #inflate: Inflate;
  #pieces: Buffer[] = [];
  #size = 0;
  #fail: (error: Error) => void = () => {};

  constructor() {
    this.#inflate = createInflate({ dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH, chunkSize: 4096 });
    this.#inflate.on("error", () => this.#fail(new SpdyError("headers that cannot be expanded")));
    this.#inflate.on("data", (piece: Buffer) => this.#take(piece));
  }

  /** @throws {SpdyError} when it cannot be expanded, or expands to more than anybody needs. */
  async inflate(block: Uint8Array): Promise<Buffer> {
    this.#pieces = [];
    this.#size = 0;
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      this.#inflate.write(block, (error) => (error ? reject(error) : resolve()));
    });
    return Buffer.concat(this.#pieces);
  }

  [Symbol.dispose](): void {
    this.#inflate.destroy();
    this.#fail(new SpdyError("headers that nobody waits for"));
  }

  #take(piece: Buffer): void {
    this.#size += piece.length;
    if (this.#size <= longestBlock) {
      this.#pieces.push(piece);
      return;
    }
    this.#fail(new SpdyError("headers that expand without end"));
    this.#inflate.destroy();
  }
}

/**
 * Reads an expanded block. Where a header has several values, the first one counts.
 *
 * @throws {SpdyError} when its counts and lengths do not fit what is there.
 */
export function parseHeaders(block: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const number = (): number => {
    if (at + 4 > block.length) throw new SpdyError("headers that end too early");
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (length > block.length - at) throw new SpdyError("headers that end too early");
    at += length;
    return block.toString("latin1", at - length, at);
  };
  const count = number();
  if (count > mostHeaders) throw new SpdyError(`${count} headers`);
  for (let index = 0; index < count; index++) {
    const name = text();
    const [value = ""] = text().split("\0");
    if (name === "" || headers.has(name)) throw new SpdyError("a header without a name, or twice");
    headers.set(name, value);
  }
  if (at !== block.length) throw new SpdyError("more headers than it counts");
  return headers;
}

/** Compression that builds on the dictionary, which is named by its Adler-32 sum. RFC 1950. */
const zlibHead = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);
/**
 * Four bytes as they are: no headers. RFC 1951: a block that is not the last one, stored, its length, and that inverted; and an
 * empty one, without which Go's decompressor keeps what it has for later.
 */
const storedZero = Buffer.from([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

/** A block of no headers, as part of the one compressed text that all blocks of a connection are: its beginning, or more of it. */
export function emptyHeaderBlock({ isFirst }: { readonly isFirst: boolean }): Buffer {
  return isFirst ? Buffer.concat([zlibHead, storedZero]) : storedZero;
}
