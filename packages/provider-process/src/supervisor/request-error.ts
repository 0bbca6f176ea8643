import type { Failure } from "../protocol/messages.ts";

/** A request that cannot be met. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: Failure["code"];

  constructor(code: Failure["code"], message: string) {
    super(message);
    this.code = code;
  }
}
