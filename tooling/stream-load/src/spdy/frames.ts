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

/** Takes frames from bytes as they come. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  *read(bytes: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      if (this.#rest.length < 8) return;
      const length = this.#rest.readUIntBE(5, 3);
      if (this.#rest.length < 8 + length) return;
      const frame = this.#rest.subarray(0, 8 + length);
      this.#rest = this.#rest.subarray(8 + length);
      yield frameOf(frame);
    }
  }
}

function frameOf(frame: Buffer): Frame {
  const isControl = (frame[0] ?? 0) >= 0x80;
  const payload = frame.subarray(8);
  const flags = frame[4] ?? 0;
  if (!isControl) return { type: undefined, flags, streamId: frame.readUInt32BE(0), payload };
  const streamId = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
  return { type: frame.readUInt16BE(2), flags, streamId, payload };
}
