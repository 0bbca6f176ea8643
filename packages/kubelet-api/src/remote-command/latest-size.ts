import type { TerminalSize } from "@virtual-kubelet/provider";

/** The newest size of a client's terminal. However fast sizes come, only the newest one waits to be read. */
export class LatestSize {
  #size: TerminalSize | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  set(size: TerminalSize): void {
    this.#size = size;
    this.#wake?.();
  }

  /** No size follows. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The next size, or `undefined` when none comes within `timeoutMs` or ever. */
  async take(timeoutMs?: number): Promise<TerminalSize | undefined> {
    if (this.#size === undefined && !this.#ended) await this.#change(timeoutMs);
    const size = this.#size;
    this.#size = undefined;
    return size;
  }

  async #change(timeoutMs: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
