import { type FSWatcher, watch } from "node:fs";

/** In case the system does not tell of a change. */
const lookAgainMs = 1000;

/** Waits for something to happen in a folder. */
export class FolderChanges implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  readonly #signal: AbortSignal;
  #hasChanged = false;
  #wake: (() => void) | undefined;
  readonly #note = (): void => {
    this.#hasChanged = true;
    this.#wake?.();
  };

  constructor(folder: string, signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#note);
    try {
      this.#watcher = watch(folder, this.#note);
      this.#watcher.on("error", this.#note);
    } catch {
      // No watches left on this system: looking from time to time has to do.
    }
  }

  async next(): Promise<void> {
    if (!this.#hasChanged && !this.#signal.aborted) {
      const timer = setTimeout(this.#note, lookAgainMs);
      await new Promise<void>((resolve) => (this.#wake = resolve));
      clearTimeout(timer);
    }
    this.#hasChanged = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
    this.#signal.removeEventListener("abort", this.#note);
  }
}
