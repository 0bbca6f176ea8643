import { controlFlags, controlTypes, spdyVersion } from "./frame-format.ts";
import { SpdyError } from "./spdy-error.ts";

/** What a client sends. Kinds that mean nothing to a server without windows of its own are `ignored`. */
export type SpdyFrame =
  /** A piece of a data frame; `fin` comes with the last piece of the last frame. */
  | { readonly type: "data"; readonly streamId: number; readonly payload: Uint8Array; readonly fin: boolean }
  | { readonly type: "synStream"; readonly streamId: number; readonly block: Uint8Array; readonly fin: boolean }
  /** More headers of a stream; they matter to nobody, but the compression of the next ones builds on them. */
  | { readonly type: "headers"; readonly block: Uint8Array }
  | { readonly type: "rstStream"; readonly streamId: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goAway" }
  | { readonly type: "ignored" };

/** Of all that a client has to say in one, a stream's headers are the longest, and they take some hundred bytes. */
export const longestControlFrame: number = 16 * 1024;

const headBytes = 8;

interface OpenData {
  readonly streamId: number;
  readonly fin: boolean;
  remaining: number;
}

interface OpenControl {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  filled: number;
}

/** Cuts what a client sends, in whatever pieces it comes, into frames. Data is handed on as it comes, never gathered. */
export class FrameReader {
  readonly #head = Buffer.alloc(headBytes);
  #headFilled = 0;
  #data: OpenData | undefined;
  #control: OpenControl | undefined;

  /**
   * A payload is a view into `chunk`.
   *
   * @throws {SpdyError} when it is not SPDY/3.1, or longer than anybody needs. Nothing can be read after that.
   */
  *push(chunk: Uint8Array): Generator<SpdyFrame, void, undefined> {
    for (let rest = chunk; rest.length > 0;) {
      if (!this.#data && !this.#control) rest = this.#readHead(rest);
      if (this.#data) {
        const { streamId, fin } = this.#data;
        const payload = rest.subarray(0, this.#data.remaining);
        this.#data.remaining -= payload.length;
        const isWhole = this.#data.remaining === 0;
        if (isWhole) this.#data = undefined;
        if (payload.length > 0 || isWhole) yield { type: "data", streamId, payload, fin: fin && isWhole };
        rest = rest.subarray(payload.length);
      } else if (this.#control) {
        const control = this.#control;
        const taken = rest.subarray(0, control.body.length - control.filled);
        control.body.set(taken, control.filled);
        control.filled += taken.length;
        rest = rest.subarray(taken.length);
        if (control.filled < control.body.length) return;
        this.#control = undefined;
        yield controlFrame(control);
      }
    }
  }

  #readHead(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, headBytes - this.#headFilled);
    this.#head.set(taken, this.#headFilled);
    this.#headFilled += taken.length;
    if (this.#headFilled < headBytes) return bytes.subarray(taken.length);
    this.#headFilled = 0;
    const first = this.#head.readUInt32BE(0);
    const flags = this.#head.readUInt8(4);
    const length = this.#head.readUIntBE(5, 3);
    if (first >= 0x8000_0000) this.#control = openControl({ first, flags, length });
    else if (first === 0) throw new SpdyError("data without a stream");
    else this.#data = { streamId: first, fin: (flags & controlFlags.fin) !== 0, remaining: length };
    return bytes.subarray(taken.length);
  }
}

function openControl({ first, flags, length }: { first: number; flags: number; length: number }): OpenControl {
  const version = (first >>> 16) & 0x7fff;
  if (version !== spdyVersion) throw new SpdyError(`version ${version} instead of ${spdyVersion}`);
  if (length > longestControlFrame) throw new SpdyError(`a control frame of ${length} bytes`);
  return { type: first & 0xffff, flags, body: Buffer.alloc(length), filled: 0 };
}

function controlFrame({ type, flags, body }: OpenControl): SpdyFrame {
  const fin = (flags & controlFlags.fin) !== 0;
  switch (type) {
    case controlTypes.synStream:
      atLeast(body, 10);
      return { type: "synStream", streamId: streamIdOf(body), block: body.subarray(10), fin };
    case controlTypes.synReply:
    case controlTypes.headers:
      atLeast(body, 4);
      return { type: "headers", block: body.subarray(4) };
    case controlTypes.rstStream:
      exactly(body, 8);
      return { type: "rstStream", streamId: streamIdOf(body) };
    case controlTypes.ping:
      exactly(body, 4);
      return { type: "ping", id: body.readUInt32BE(0) };
    case controlTypes.settings:
      atLeast(body, 4);
      exactly(body, 4 + 8 * body.readUInt32BE(0));
      return { type: "ignored" };
    case controlTypes.windowUpdate:
      exactly(body, 8);
      return { type: "ignored" };
    case controlTypes.goAway:
      exactly(body, 8);
      return { type: "goAway" };
    default:
      return { type: "ignored" };
  }
}

function streamIdOf(body: Buffer): number {
  return body.readUInt32BE(0) & 0x7fff_ffff;
}

function atLeast({ length }: Buffer, least: number): void {
  if (length < least) throw new SpdyError(`a control frame of ${length} bytes where ${least} belong at least`);
}

function exactly({ length }: Buffer, expected: number): void {
  if (length !== expected) throw new SpdyError(`a control frame of ${length} bytes where ${expected} belong`);
}
