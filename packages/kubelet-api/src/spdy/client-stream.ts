import { ByteQueue } from "../streaming/byte-queue.ts";
import { dataHead, resetStatus, rstStreamFrame } from "./frame-format.ts";
import type { SpdyStream } from "./spdy-stream.ts";

/** What a stream needs of its connection. */
export interface StreamCarrier {
  /** Resolves when there is room for a frame; there may be none again by then. Nothing to wait for when there is now. */
  room(): Promise<void> | undefined;
  /**
   * Sends a frame, or its head and then its payload, which is the connection's from now on. Resolves when there is room for
   * more; rejects when the connection is gone.
   */
  send(frame: Buffer, payload?: Uint8Array): Promise<void>;
  accept(streamId: number): void;
  /** How much input may wait in this process for a slow reader of one stream. */
  readonly inputHighWaterBytes: number;
  /** The stream has ended in both directions. */
  forget(streamId: number): void;
}

export interface ClientStreamOptions {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly carrier: StreamCarrier;
}

/** Longer frames would keep other streams of the connection waiting. */
const longestFrame = 256 * 1024;

/** A stream as the connection has it: what comes from the client goes in here. */
export class ClientStream implements SpdyStream {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly input: ByteQueue;
  readonly #carrier: StreamCarrier;
  readonly #gone = new AbortController();
  #room: PromiseWithResolvers<void> | undefined;
  #hasEnded = false;
  #hasClientEnded = false;

  constructor({ id, headers, carrier }: ClientStreamOptions) {
    this.id = id;
    this.headers = headers;
    this.#carrier = carrier;
    this.input = new ByteQueue({
      get highWaterBytes() {
        return carrier.inputHighWaterBytes;
      },
      flow: (paused) => this.#flow(paused),
    });
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  accept(): void {
    if (!this.signal.aborted) this.#carrier.accept(this.id);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += longestFrame) {
      // However many streams write at once, what waits is no more than one would leave.
      for (let room = this.#carrier.room(); room && !this.signal.aborted; room = this.#carrier.room()) await room;
      this.signal.throwIfAborted();
      if (this.#hasEnded) throw new Error("The stream has been ended.");
      const payload = bytes.subarray(start, start + longestFrame);
      await this.#carrier.send(dataHead(this.id, payload.length, false), payload);
    }
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#carrier.send(dataHead(this.id, 0, true)).catch(() => {});
    this.#forgetIfOver();
  }

  ignore(): void {
    this.input.close();
  }

  reset(): void {
    if (this.signal.aborted) return;
    if (!this.#hasEnded || !this.#hasClientEnded)
      this.#carrier.send(rstStreamFrame(this.id, resetStatus.cancel)).catch(() => {});
    this.close(new Error("The stream has been reset."));
  }

  /** Bytes from the client. A promise says when there is room for more. */
  receive(payload: Uint8Array, fin: boolean): Promise<void> | undefined {
    this.input.push(payload);
    if (fin) {
      this.input.end();
      this.#hasClientEnded = true;
      this.#forgetIfOver();
    }
    return this.#room?.promise;
  }

  /** The client has reset it, or is gone. */
  close(reason: Error): void {
    this.#hasEnded = true;
    this.#hasClientEnded = true;
    this.#gone.abort(reason);
    this.input.close();
    this.#carrier.forget(this.id);
  }

  #forgetIfOver(): void {
    if (this.#hasEnded && this.#hasClientEnded) this.#carrier.forget(this.id);
  }

  #flow(isPaused: boolean): void {
    if (isPaused) this.#room = Promise.withResolvers();
    else this.#room?.resolve();
    if (!isPaused) this.#room = undefined;
  }
}
