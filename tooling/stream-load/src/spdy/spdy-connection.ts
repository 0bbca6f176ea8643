import { Duplex } from "node:stream";
import { constants, deflateRawSync, deflateSync } from "node:zlib";
import { headerDictionary, lengthPrefixed } from "./dictionary.ts";
import { FrameReader, controlFrame, dataFrame, endOfStream, frameTypes, uint32 } from "./frames.ts";

const cancel = 5;

/**
 * The client's end of a SPDY/3.1 connection, as far as Kubernetes uses it: streams that the client opens, without windows. What
 * the server says in headers is not read.
 */
export class SpdyConnection {
  readonly socket: Duplex;
  readonly #reader = new FrameReader();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #pings = new Map<number, () => void>();
  #nextStream = 1;
  #nextPing = 1;

  /** @param head what came behind the answer that opened the connection */
  constructor(socket: Duplex, head: Buffer) {
    this.socket = socket;
    if (head.length > 0) socket.unshift(head);
    socket
      .on("data", (bytes: Buffer) => this.#take(bytes))
      .on("close", () => this.#end())
      .on("error", () => {});
  }

  /** Opens a stream, and does not wait for the answer. */
  open(headers: Readonly<Record<string, string>>): SpdyStream {
    const block = this.#compressed(headers);
    const id = this.#nextStream;
    this.#nextStream += 2;
    const stream = new SpdyStream(this, id);
    this.#streams.set(id, stream);
    this.socket.write(controlFrame(frameTypes.synStream, Buffer.concat([uint32(id, 0), Buffer.alloc(2), block])));
    return stream;
  }

  /** Resolves when the server has answered. */
  ping(): Promise<void> {
    const id = this.#nextPing;
    this.#nextPing += 2;
    this.socket.write(controlFrame(frameTypes.ping, uint32(id)));
    return new Promise((resolve) => this.#pings.set(id, resolve));
  }

  /** For streams. */
  forget(id: number): void {
    this.#streams.delete(id);
  }

  /** Each block goes on where the one before has stopped, in the middle of one compressed text. */
  #compressed(headers: Readonly<Record<string, string>>): Buffer {
    const entries = Object.entries(headers);
    const parts = entries.flatMap(([name, value]) => [lengthPrefixed(name), lengthPrefixed(value)]);
    const block = Buffer.concat([uint32(entries.length), ...parts]);
    const finishFlush = constants.Z_SYNC_FLUSH;
    const isFirst = this.#nextStream === 1;
    return isFirst
      ? deflateSync(block, { dictionary: headerDictionary, finishFlush })
      : deflateRawSync(block, { finishFlush });
  }

  #take(bytes: Buffer): void {
    for (const { type, flags, streamId, payload } of this.#reader.read(bytes)) {
      if (type === frameTypes.ping) this.#pong(payload);
      const stream = this.#streams.get(streamId);
      if (!stream || type === frameTypes.settings || type === frameTypes.ping || type === frameTypes.goAway) continue;
      if (type === frameTypes.rstStream) stream.reset(payload.readUInt32BE(4));
      if (type === undefined && !stream.receive(payload)) this.socket.pause();
      if ((flags & endOfStream) !== 0) stream.push(null);
    }
  }

  #pong(payload: Buffer): void {
    const id = payload.readUInt32BE(0);
    // Those of the server are even.
    if (id % 2 === 0) this.socket.write(controlFrame(frameTypes.ping, payload));
    else this.#pings.get(id)?.();
  }

  #end(): void {
    for (const stream of this.#streams.values()) stream.cut();
  }
}

/** One stream: what is read pauses the whole connection while nobody takes it. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly #connection: SpdyConnection;
  #isOver = false;

  constructor(connection: SpdyConnection, id: number) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
    this.id = id;
    this.on("error", () => {});
  }

  receive(payload: Buffer): boolean {
    return this.readableEnded || this.destroyed || this.push(payload);
  }

  reset(status: number): void {
    this.#isOver = true;
    this.destroy(new Error(`The server has reset the stream with status ${status}`));
  }

  /** The connection has ended. */
  cut(): void {
    this.#isOver = true;
    if (!this.readableEnded) this.push(null);
    this.destroy();
  }

  override _read(): void {
    this.#connection.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#connection.socket.write(dataFrame(this.id, chunk), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.socket.write(dataFrame(this.id, Buffer.alloc(0), endOfStream), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { socket } = this.#connection;
    const isWhole = this.readableEnded && this.writableFinished;
    if (!this.#isOver && !isWhole && socket.writable)
      socket.write(controlFrame(frameTypes.rstStream, uint32(this.id, cancel)));
    this.#connection.forget(this.id);
    done(error);
  }
}
