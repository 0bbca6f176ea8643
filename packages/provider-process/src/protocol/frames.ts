/** What a frame carries: a JSON message, or bytes of a stream. An empty stream frame is the stream's end. */
export const channels = { message: 0, stdin: 1, stdout: 2, stderr: 3 } as const;
export type Channel = (typeof channels)[keyof typeof channels];

export interface Frame {
  readonly channel: Channel;
  readonly payload: Buffer;
}

const headerBytes = 5;
/** More than any pod or message takes; more is not one of ours. */
const longestPayloadBytes = 16 * 1024 * 1024;

/** A frame as it goes over the socket: the payload's length in four bytes, the channel in one, the payload. */
export function encodeFrame(channel: Channel, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt8(channel, 4);
  frame.set(payload, headerBytes);
  return frame;
}

export function encodeMessage(message: unknown): Buffer {
  return encodeFrame(channels.message, Buffer.from(JSON.stringify(message)));
}

/** Cuts a stream of bytes, in whatever pieces it comes, into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The frames that these bytes complete. Throws a `RangeError` on bytes that are no frame. */
  *push(bytes: Buffer): Generator<Frame> {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length >= headerBytes) {
      const length = this.#pending.readUInt32BE(0);
      const channel = this.#pending.readUInt8(4);
      if (length > longestPayloadBytes || channel > channels.stderr) {
        throw new RangeError(`No frame of this protocol: channel ${channel}, ${length} bytes`);
      }
      if (this.#pending.length < headerBytes + length) return;
      const payload = this.#pending.subarray(headerBytes, headerBytes + length);
      this.#pending = this.#pending.subarray(headerBytes + length);
      yield { channel: channel as Channel, payload };
    }
  }
}
