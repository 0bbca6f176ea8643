const progressMs = 15_000;

/** Go names each package that it compiles, and is silent for long while it works on one. */
export class BuildProgress implements Disposable {
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #packages = 0;

  /** @param fromNothing how long it takes where nothing of it was ever built, for people */
  constructor(what: string, say: (line: string) => void = () => {}, fromNothing = "some ten minutes") {
    say(`${what} (${fromNothing} from nothing)`);
    this.#timer = setInterval(() => say(`${what}: ${this.#packages} packages, ${this.#elapsed()}`), progressMs);
    this.#timer.unref();
  }

  heard(line: string): void {
    if (!line.includes(" ")) this.#packages += 1;
  }

  #elapsed(): string {
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
