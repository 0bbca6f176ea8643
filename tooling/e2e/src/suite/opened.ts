/** Things with an end, which comes with this one's: the last first, and each whatever becomes of the others. */
export class Opened implements AsyncDisposable {
  readonly #things: AsyncDisposable[] = [];

  keep<T extends AsyncDisposable>(thing: T): T {
    this.#things.push(thing);
    return thing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thing = this.#things.pop();
    if (!thing) return;
    try {
      await thing[Symbol.asyncDispose]();
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }
}
