import type { Writable } from "node:stream";

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

/** What goes before a payload: its length in four bytes, and the channel in one. */
function headerOf(channel: Channel, length: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32BE(length, 0);
  header.writeUInt8(channel, 4);
  return header;
}

/** A frame as it goes over the socket. */
export function encodeFrame(channel: Channel, payload: Uint8Array): Buffer {
  return Buffer.concat([headerOf(channel, payload.length), payload]);
}

export function encodeMessage(message: unknown): Buffer {
  return encodeFrame(channels.message, Buffer.from(JSON.stringify(message)));
}

/**
 * Sends a frame, its payload in one piece or several, without a copy of these, which are the socket's from now on; `false` when
 * it wants no more for now.
 */
export function writeFrame(socket: Writable, channel: Channel, ...payload: readonly Uint8Array[]): boolean {
  const length = payload.reduce((sum, piece) => sum + piece.length, 0);
  socket.cork();
  let wantsMore = socket.write(headerOf(channel, length));
  for (const piece of payload) if (piece.length > 0) wantsMore = socket.write(piece);
  socket.uncork();
  return wantsMore && !socket.writableNeedDrain;
}

/** Cuts a stream of bytes, in whatever pieces it comes, into frames. */
export class FrameReader {
  /** A header or a message that has not come whole yet. */
  #pending: Buffer = Buffer.alloc(0);
  /** The stream whose frame is being read, and how much of that is still to come. */
  #channel: Channel = channels.message;
  #restBytes = 0;

  /**
   * The messages that these bytes complete, and of the streams what has come: a stream's frame may come out as several, so
   * that nothing has to be gathered. Throws a `RangeError` on bytes that are no frame.
   */
  *push(bytes: Buffer): Generator<Frame> {
    for (let rest = bytes; rest.length > 0;) {
      if (this.#restBytes > 0) {
        const payload = rest.subarray(0, this.#restBytes);
        this.#restBytes -= payload.length;
        rest = rest.subarray(payload.length);
        yield { channel: this.#channel, payload };
        continue;
      }
      const head = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest]);
      const frame = readHeader(head);
      const isWhole = frame && (frame.channel !== channels.message || head.length >= headerBytes + frame.length);
      this.#pending = isWhole ? Buffer.alloc(0) : head;
      if (!isWhole) return;
      const { channel, length } = frame;
      const payload = head.subarray(headerBytes, channel === channels.message ? headerBytes + length : headerBytes);
      rest = head.subarray(headerBytes + payload.length);
      this.#channel = channel;
      this.#restBytes = length - payload.length;
      if (this.#restBytes === 0) yield { channel, payload };
    }
  }
}

function readHeader(bytes: Buffer): { readonly channel: Channel; readonly length: number } | undefined {
  if (bytes.length < headerBytes) return undefined;
  const length = bytes.readUInt32BE(0);
  const channel = bytes.readUInt8(4);
  if (length > longestPayloadBytes || channel > channels.stderr) {
    throw new RangeError(`No frame of this protocol: channel ${channel}, ${length} bytes`);
  }
  return { channel: channel as Channel, length };
}
