import { deflateRawSync, deflateSync, inflateRawSync, constants } from "node:zlib";

/** Written from the protocol's draft 3.1, apart from the server's own reader and writer, so that neither hides a fault of the other. */
export const frameTypes = {
  synStream: 1,
  synReply: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const fin = 1;

export type SpdyFrame =
  | { readonly type: "data"; readonly stream: number; readonly flags: number; readonly payload: Buffer }
  | { readonly type: "control"; readonly kind: number; readonly flags: number; readonly payload: Buffer };

export function controlFrame(kind: number, flags: number, payload: Uint8Array, version = 3): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(kind, 2);
  head.writeUInt32BE(flags * 0x1000000 + payload.length, 4);
  return Buffer.concat([head, payload]);
}

export function dataFrame(stream: number, flags: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(stream, 0);
  head.writeUInt32BE(flags * 0x1000000 + payload.length, 4);
  return Buffer.concat([head, payload]);
}

export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** Takes bytes cut anywhere, gives whole frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): readonly SpdyFrame[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const frames: SpdyFrame[] = [];
    let start = 0;
    for (; this.#pending.length - start >= 8;) {
      const length = this.#pending.readUIntBE(start + 5, 3);
      if (this.#pending.length - start - 8 < length) break;
      frames.push(readFrame(this.#pending.subarray(start, start + 8 + length)));
      start += 8 + length;
    }
    this.#pending = this.#pending.subarray(start);
    return frames;
  }
}

function readFrame(bytes: Buffer): SpdyFrame {
  const [first, flags] = [bytes.readUInt32BE(0), bytes.readUInt8(4)];
  const payload = bytes.subarray(8);
  if (first < 0x80000000) return { type: "data", stream: first, flags, payload };
  return { type: "control", kind: bytes.readUInt16BE(2), flags, payload };
}

const dictionary = spdyDictionary();
const windowBytes = 32 * 1024;
const zlibHead = deflateSync(Buffer.alloc(0), { dictionary }).subarray(0, 6);
const flush = { finishFlush: constants.Z_SYNC_FLUSH };

/** Header blocks of one direction: one zlib stream for all of them, where each may point back into those before. */
export class HeaderCodec {
  #window: Buffer = dictionary;
  #begun = false;

  encode(headers: Iterable<readonly [string, string]>): Buffer {
    return this.encodeBlock(headerBlock([...headers]));
  }

  /** A block that need not be one: for what no client would send. */
  encodeBlock(block: Buffer): Buffer {
    const compressed = deflateRawSync(block, { ...flush, dictionary: this.#window });
    const whole = this.#begun ? compressed : Buffer.concat([zlibHead, compressed]);
    this.#remember(block);
    return whole;
  }

  decode(compressed: Buffer): Map<string, string> {
    const raw = this.#begun ? compressed : compressed.subarray(zlibHead.length);
    const block = inflateRawSync(raw, { ...flush, dictionary: this.#window });
    this.#remember(block);
    return readHeaderBlock(block);
  }

  #remember(block: Buffer): void {
    this.#begun = true;
    this.#window = Buffer.concat([this.#window, block]).subarray(-windowBytes);
  }
}

export function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat([words(headers.length), ...headers.flatMap((pair) => pair.map(lengthAndText))]);
}

function readHeaderBlock(block: Buffer): Map<string, string> {
  let at = 4;
  const text = (): string => {
    const end = at + 4 + block.readUInt32BE(at);
    const value = block.toString("utf8", at + 4, end);
    at = end;
    return value;
  };
  return new Map(Array.from({ length: block.readUInt32BE(0) }, () => [text(), text()]));
}

function lengthAndText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([words(bytes.length), bytes]);
}

/** Of the draft, section 2.6.10.1. */
function spdyDictionary(): Buffer {
  const names =
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status";
  const more = ["200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin"];
  const rest =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
  return Buffer.concat([...[...names.split(" "), ...more].map(lengthAndText), Buffer.from(rest)]);
}
