import { constants, inflateRawSync } from "node:zlib";
import { headerDictionary } from "./header-dictionary.ts";
import { SpdyError } from "./spdy-error.ts";

/** What a block of headers may expand to. */
const longestBlock = 32 * 1024;
const mostHeaders = 64;
/** How far back compressed text may point. */
const windowBytes = 32 * 1024;
/** Compression that builds on the dictionary, which is named by its Adler-32 sum. RFC 1950. */
const zlibHead = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);
const hasDictionary = 0x20;

/**
 * Expands the blocks of headers of one client. They are one compressed text, flushed after each block to a whole byte, so that each
 * can be expanded by itself, with what came before it as the dictionary; Node's own streams would need a thread for that.
 */
export class HeaderInflater {
  #window: Buffer = headerDictionary;
  #hasBegun = false;

  /** @throws {SpdyError} when it cannot be expanded, or expands to more than anybody needs. */
  inflate(block: Uint8Array): Buffer {
    const deflated = this.#hasBegun ? block : withoutHead(block);
    this.#hasBegun = true;
    const expanded = expand(deflated, this.#window);
    this.#window = Buffer.concat([this.#window, expanded]).subarray(-windowBytes);
    return expanded;
  }
}

function withoutHead(block: Uint8Array): Uint8Array {
  const isKnown = zlibHead.subarray(2).equals(block.subarray(2, zlibHead.length));
  // Its second byte also tells how hard was tried to compress, which does not matter.
  if (block[0] !== zlibHead[0] || ((block[1] ?? 0) & hasDictionary) === 0 || !isKnown) {
    throw new SpdyError("headers that are not compressed by the dictionary");
  }
  return block.subarray(zlibHead.length);
}

function expand(block: Uint8Array, dictionary: Buffer): Buffer {
  try {
    return inflateRawSync(block, { dictionary, finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: longestBlock });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SpdyError(
      code === "ERR_BUFFER_TOO_LARGE" ? "headers that expand without end" : "headers that cannot be expanded",
    );
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

/**
 * Four bytes as they are: no headers. RFC 1951: a block that is not the last one, stored, its length, and that inverted; and an
 * empty one, without which Go's decompressor keeps what it has for later.
 */
const storedZero = Buffer.from([0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

/** A block of no headers, as part of the one compressed text that all blocks of a connection are: its beginning, or more of it. */
export function emptyHeaderBlock({ isFirst }: { readonly isFirst: boolean }): Buffer {
  return isFirst ? Buffer.concat([zlibHead, storedZero]) : storedZero;
}
