/** Things with an end, which comes with this one's: that of the last first. */
export class Opened implements AsyncDisposable {
  readonly #things: AsyncDisposable[] = [];

  keep<T extends AsyncDisposable>(thing: T): T {
    this.#things.push(thing);
    return thing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let thing = this.#things.pop(); thing; thing = this.#things.pop()) await thing[Symbol.asyncDispose]();
  }
}
