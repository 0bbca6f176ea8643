import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Timeouts } from "../http/exchange.ts";
import { Heartbeat, type Peer } from "../streaming/heartbeat.ts";
import { hostIsGone } from "../streaming/unanswered-packets.ts";
import type { StreamQuota } from "../streaming/stream-quota.ts";
import { ClientStream, type StreamCarrier } from "./client-stream.ts";
import { FrameAllowance } from "./frame-allowance.ts";
import { goAwayFrame, goAwayStatus, pingFrame, resetStatus, rstStreamFrame, synReplyFrame } from "./frame-format.ts";
import { FrameReader, type SpdyFrame } from "./frame-reader.ts";
import { HeaderInflater, emptyHeaderBlock, parseHeaders } from "./header-block.ts";
import { SpdyError } from "./spdy-error.ts";
import type { SpdyStream } from "./spdy-stream.ts";

export interface SpdyConnectionOptions {
  /** Aborted when the client is gone. When it aborts, no more streams are let in; what is open can still be brought to its end. */
  readonly controller: AbortController;
  readonly timeouts: Timeouts;
  /** The TCP connection below, where `socket` is not it itself. */
  readonly connection?: Pick<Socket, "bytesRead" | "localPort" | "remotePort">;
  /** How many streams may be open at once; more are refused. */
  readonly mostStreams?: number;
  /** What all connections together have left. */
  readonly quota?: StreamQuota;
}

/** A port-forward of a busy browser has some dozens of connections, each of two streams. */
const mostStreamsOpen = 1024;
/** Output that may wait in this process for a slow client. */
const outputHighWaterBytes = 256 * 1024;
/** Input that may wait in this process for the slow reader of a stream, and for those of all streams together. */
const inputHighWaterBytes = 256 * 1024;
const mostInputBytes = 4 * 1024 * 1024;
/** Answers to a client's own frames that may wait for it. One that only asks and never listens is not worth more. */
const mostAnswerBytes = 128 * 1024;
/** How long a client that has broken the protocol has to take the goodbye. */
const goAwayMs = 1_000;
/** A client that answers no questions may be as many times slower to take all than to hang up. */
const partingPatience = 12;

/**
 * The server's side of a SPDY/3.1 connection. There are no windows: clients written in Go never open one. A stream whose reader is
 * slow holds up what comes on this connection, and a client that is slow what goes, and no other connection.
 */
export class SpdyConnection {
  /** The streams that the client opens, to the connection's end. Who leaves the iteration refuses all further ones. */
  readonly streams: ReadableStream<SpdyStream>;
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #reader = new FrameReader();
  readonly #inflater = new HeaderInflater();
  readonly #allowance = new FrameAllowance();
  readonly #heartbeat: Heartbeat;
  readonly #open = new Map<number, ClientStream>();
  #opened: ReadableStreamDefaultController<SpdyStream> | undefined;
  #lastId = 0;
  #pings = 0;
  #parting: { readonly ping: number; readonly taken: () => void } | undefined;
  #answerBytes = 0;
  #hasReplied = false;
  #isHeldUp = false;
  #hasEnded = false;
  #drained: PromiseWithResolvers<void> | undefined;
  readonly #onData = (chunk: Buffer): void => this.#read(this.#reader.push(chunk));

  constructor(socket: Duplex, options: SpdyConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.streams = new ReadableStream({
      start: (controller) => void (this.#opened = controller),
      cancel: () => void (this.#opened = undefined),
    });
    this.#heartbeat = new Heartbeat(this.#peer(), { ...options.timeouts, expire: (reason) => this.destroy(reason) });
    if (this.signal.aborted) this.#letNobodyIn();
    else this.signal.addEventListener("abort", () => this.#letNobodyIn(), { once: true });
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#end(new Error("The client is gone."));
        resolve();
      });
    });
    socket
      .on("error", (error) => this.destroy(error))
      .on("drain", () => this.#flow())
      .on("end", () => this.destroy(new Error("The client has closed the connection.")))
      .on("data", this.#onData)
      .resume();
    if (socket.readableEnded || socket.destroyed) this.destroy(new Error("The client has closed the connection."));
  }

  /** Aborts when the connection is gone, or is to be brought to its end. */
  get signal(): AbortSignal {
    return this.#options.controller.signal;
  }

  /**
   * Everything has been said. Once the client has taken it, it is given so long to hang up: a client that is told to go away
   * first may drop what it has not yet read. That it has taken it is known from its answer to a question that comes last. A
   * socket that is closed earlier loses what is on the way as soon as the client sends something.
   */
  async part(withinMs: number): Promise<void> {
    if (this.#socket.destroyed || this.#socket.writableEnded) return this.closed;
    const gone = this.closed.then(() => true);
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    const last = this.#nextPing();
    this.#parting = { ping: this.#pings, taken: resolve };
    await Promise.race([gone, new Promise((sent) => this.#socket.write(last, sent))]);
    await Promise.race([gone, taken, sleep(withinMs * partingPatience, undefined, { ref: false })]);
    if (await Promise.race([gone, sleep(withinMs, false, { ref: false })])) return;
    this.#socket.end(goAwayFrame(this.#lastId, goAwayStatus.ok));
    if (await Promise.race([gone, sleep(withinMs, false, { ref: false })])) return;
    this.destroy(new Error("The client did not hang up."));
    await this.closed;
  }

  /** Ends it at once. */
  destroy(reason: Error): void {
    this.#end(reason);
    this.#socket.destroy();
  }

  /** Stops at the first frame for whose stream there is no room, with what has come along: a message of a WebSocket may be long. */
  #read(frames: Iterator<SpdyFrame, void, undefined>): void {
    try {
      for (let step = frames.next(); !step.done; step = frames.next()) {
        const room = this.#take(step.value);
        if (room) {
          void this.#holdUp(room, frames);
          return;
        }
      }
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  async #holdUp(room: Promise<void>, frames: Iterator<SpdyFrame, void, undefined>): Promise<void> {
    this.#isHeldUp = true;
    this.#socket.pause();
    await room;
    this.#isHeldUp = false;
    if (!this.#hasEnded) this.#read(frames);
    if (!this.#isHeldUp) this.#socket.resume();
  }

  #take(frame: SpdyFrame): Promise<void> | undefined {
    if (frame.type !== "data" || frame.payload.length === 0) this.#allowance.spend();
    if (frame.type === "data") return this.#receive(frame);
    if (frame.type === "synStream") this.#accept(frame);
    if (frame.type === "headers") this.#inflater.inflate(frame.block);
    if (frame.type === "rstStream")
      this.#open.get(frame.streamId)?.close(new Error("The client has reset the stream."));
    if (frame.type === "ping") this.#hearPing(frame.id);
    return undefined;
  }

  /** Our own questions have even numbers; an answer to one has done its work by coming, but for the last one. */
  #hearPing(id: number): void {
    if (id % 2 === 1) this.#answer(pingFrame(id));
    else if (this.#parting && id >= this.#parting.ping * 2) this.#parting.taken();
  }

  #receive({ streamId, payload, fin }: SpdyFrame & { type: "data" }): Promise<void> | undefined {
    const stream = this.#open.get(streamId);
    if (stream) {
      this.#heartbeat.active();
      return stream.receive(payload, fin);
    }
    // What was under way when a stream ended is dropped.
    if (streamId > this.#lastId) throw new SpdyError(`data for stream ${streamId}, which was never opened`);
    return undefined;
  }

  #accept({ streamId: id, block, fin }: SpdyFrame & { type: "synStream" }): void {
    if (id % 2 === 0 || id <= this.#lastId) throw new SpdyError(`stream ${id} after stream ${this.#lastId}`);
    this.#lastId = id;
    const headers = parseHeaders(this.#inflater.inflate(block));
    if (!this.#opened || !this.#hasRoom()) return this.#answer(rstStreamFrame(id, resetStatus.refusedStream));
    const stream = new ClientStream({ id, headers, carrier: this.#carrier() });
    this.#open.set(id, stream);
    if (fin) void stream.receive(new Uint8Array(), true);
    this.#opened.enqueue(stream);
  }

  /** Takes the room that it finds. */
  #hasRoom(): boolean {
    const { mostStreams = mostStreamsOpen, quota } = this.#options;
    return this.#open.size < mostStreams && (quota?.take() ?? true);
  }

  #carrier(): StreamCarrier {
    const open = this.#open;
    return {
      get inputHighWaterBytes() {
        return Math.min(inputHighWaterBytes, mostInputBytes / open.size);
      },
      room: () => this.#room(),
      send: (frame, payload) => this.#send(frame, payload),
      accept: (id) => {
        this.#answer(synReplyFrame(id, emptyHeaderBlock({ isFirst: !this.#hasReplied })));
        this.#hasReplied = true;
      },
      forget: (id) => {
        if (this.#open.delete(id)) this.#options.quota?.giveBack();
      },
    };
  }

  async #send(frame: Buffer, payload?: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) throw new Error("The client is gone.");
    this.#heartbeat.active();
    // Together, and without a copy.
    socket.cork();
    socket.write(frame);
    if (payload) socket.write(payload);
    socket.uncork();
    await this.#room();
  }

  #room(): Promise<void> | undefined {
    const { destroyed, writableLength } = this.#socket;
    return !destroyed && writableLength > outputHighWaterBytes ? this.#untilDrained() : undefined;
  }

  /** What the client's own frames make us say. */
  #answer(frame: Buffer): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#answerBytes += frame.length;
    if (this.#answerBytes > mostAnswerBytes) throw new SpdyError("it asks and takes no answers");
    this.#socket.write(frame, () => (this.#answerBytes -= frame.length));
  }

  #untilDrained(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    return this.#drained.promise;
  }

  #flow(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #peer(): Peer {
    const socket = this.#socket;
    const below = this.#options.connection ?? (socket as Socket);
    const isHeldUp = () => this.#isHeldUp;
    return {
      get bytesRead() {
        return below.bytesRead;
      },
      get bytesPending() {
        return socket.writableLength;
      },
      get isHeldUp() {
        return isHeldUp();
      },
      ping: () => {
        if (!socket.destroyed && !socket.writableEnded) socket.write(this.#nextPing());
      },
      hostIsGone: () => hostIsGone(below),
    };
  }

  #nextPing(): Buffer {
    this.#pings += 1;
    return pingFrame((this.#pings * 2) % 2 ** 31);
  }

  /** The client has broken the protocol, or the connection has. */
  #fail(error: Error): void {
    if (!this.#socket.destroyed && error instanceof SpdyError) {
      // What it still sends is taken from the line, or the system would reset that before the goodbye is read.
      this.#socket.off("data", this.#onData).resume().end(goAwayFrame(this.#lastId, goAwayStatus.protocolError));
      setTimeout(() => this.#socket.destroy(), goAwayMs).unref();
      this.#end(error);
    } else this.destroy(error);
  }

  #end(reason: Error): void {
    this.#hasEnded = true;
    this.#heartbeat[Symbol.dispose]();
    for (const stream of this.#open.values()) stream.close(reason);
    this.#flow();
    this.#options.controller.abort(reason);
    this.#letNobodyIn();
  }

  #letNobodyIn(): void {
    this.#opened?.close();
    this.#opened = undefined;
  }
}
