/** Things that end together, in the reverse order: `AsyncDisposableStack`, which Node.js 22 does not have. */
export class Belongings implements AsyncDisposable {
  #endings: (() => PromiseLike<void> | void)[] = [];

  /** Takes a thing over, and gives it back. */
  use<T extends AsyncDisposable>(thing: T): T {
    this.#endings.push(() => thing[Symbol.asyncDispose]());
    return thing;
  }

  defer(end: () => PromiseLike<void> | void): void {
    this.#endings.push(end);
  }

  /** Hands all of them to a new owner; this one has none left to end. */
  move(): Belongings {
    const owner = new Belongings();
    owner.#endings = this.#endings.splice(0);
    return owner;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const end of this.#endings.splice(0).toReversed()) {
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "not everything could be ended");
  }
}
