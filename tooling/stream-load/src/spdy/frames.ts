/** The frames of SPDY/3.1, as its specification has them, section 2.2. */
export const frameTypes = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7 } as const;
export const endOfStream = 1;

export interface Frame {
  /** Absent: data. */
  readonly type: number | undefined;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export function dataFrame(streamId: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(streamId);
  head.writeUInt32BE(payload.length, 4);
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

export function controlFrame(type: number, payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8003);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(payload.length, 4);
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

const headBytes = 8;
const noBytes = Buffer.alloc(0);

/** Takes frames from bytes as they come: data piece by piece, so that nothing is gathered, what else there is as a whole. */
export class FrameReader {
  #rest: Buffer = noBytes;
  #data: { readonly flags: number; readonly streamId: number; left: number } | undefined;

  *read(bytes: Buffer): Generator<Frame> {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = noBytes;
    for (;;) {
      if (this.#data) {
        const { flags, streamId } = this.#data;
        const payload = rest.subarray(0, this.#data.left);
        this.#data.left -= payload.length;
        const isLast = this.#data.left === 0;
        if (isLast || payload.length > 0) yield { type: undefined, flags: isLast ? flags : 0, streamId, payload };
        if (!isLast) return;
        this.#data = undefined;
        rest = rest.subarray(payload.length);
      }
      if (rest.length < headBytes) break;
      const [flags = 0, length] = [rest[4], rest.readUIntBE(5, 3)];
      if ((rest[0] ?? 0) < 0x80) {
        this.#data = { flags, streamId: rest.readUInt32BE(0), left: length };
        rest = rest.subarray(headBytes);
        continue;
      }
      if (rest.length < headBytes + length) break;
      yield controlFrameOf(rest.subarray(0, headBytes + length));
      rest = rest.subarray(headBytes + length);
    }
    this.#rest = rest;
  }
}

function controlFrameOf(frame: Buffer): Frame {
  const payload = frame.subarray(headBytes);
  const streamId = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
  return { type: frame.readUInt16BE(2), flags: frame[4] ?? 0, streamId, payload };
}
