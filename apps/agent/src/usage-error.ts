/** The user asked for something that cannot be: the message is a sentence to print as it is. The agent ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
