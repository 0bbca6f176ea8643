/** A client that does not keep to SPDY/3.1, or asks too much. The connection ends with it. */
export class SpdyError extends Error {
  override readonly name = "SpdyError";

  constructor(problem: string) {
    super(`The client broke the protocol: ${problem}.`);
  }
}
