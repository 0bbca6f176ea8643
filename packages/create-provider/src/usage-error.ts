/** The user asked for what cannot be; the message says what can. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
