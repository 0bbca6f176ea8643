/** One stream of a SPDY connection, opened by the client. */
export interface SpdyStream {
  readonly id: number;
  /** What it was opened with; names are lower-case, as SPDY wants them. */
  readonly headers: ReadonlyMap<string, string>;
  /** What the client sends, to its end of file. Read it, or leave the loop: what waits holds up the whole connection. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Aborts when the client has reset the stream, or the connection is gone. */
  readonly signal: AbortSignal;
  /** Tells the client that the stream stands. Comes before anything that is written to it. */
  accept(): void;
  /** Resolves when the connection has room for more; rejects when the stream is no longer there. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing follows; the client may go on sending. */
  end(): void;
  /** What the client still sends is dropped. */
  ignore(): void;
  /** Ends both directions at once. What the client still sends is dropped. */
  reset(): void;
}
