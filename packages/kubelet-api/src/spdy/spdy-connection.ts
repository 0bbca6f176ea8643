import type { Duplex } from "node:stream";
import type { Timeouts } from "../http/exchange.ts";
import type { SpdyStream } from "./spdy-stream.ts";

export interface SpdyConnectionOptions {
  /** Aborted when the client is gone; the connection ends when it aborts. */
  readonly controller: AbortController;
  readonly timeouts: Timeouts;
}

/** The server's side of a SPDY/3.1 connection. */
export class SpdyConnection {
  /** The streams that the client opens, to the connection's end. */
  readonly streams: AsyncIterable<SpdyStream> = [] as unknown as AsyncIterable<SpdyStream>;
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal;
  /** Resolves when it has ended. */
  readonly closed: Promise<void> = Promise.resolve();

  constructor(_socket: Duplex, { controller }: SpdyConnectionOptions) {
    this.signal = controller.signal;
  }

  /** Everything has been said: gives the client so long to hang up, and then does. */
  async part(_withinMs: number): Promise<void> {}

  /** Ends it at once. */
  destroy(_reason: Error): void {}
}
