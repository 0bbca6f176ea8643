/** The client's end of one connection to a port of a pod. */
export interface PortStream {
  readonly port: number;
  /** What the client sends, to its end of file. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Aborts when the client has given the connection up, or is gone. */
  readonly signal: AbortSignal;
  /** Resolves when the client has room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing follows; the client may go on sending. */
  end(): void;
}
