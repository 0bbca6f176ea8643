import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { runFiles } from "../../state-directory.ts";

/** Whose a container's input is: any number of callers', one after the other or at once; or the first one's alone. */
export type InputKind = "many" | "once";

/**
 * The supervisor's end of the named pipe that a container reads its input from.
 *
 * An input for many never ends, so the container holds an end to write to it, too: it goes on waiting when the supervisor
 * dies, and another supervisor opens the pipe again. One for the first caller has to be able to end, which is when nobody can write
 * to it any more; so it ends with the supervisor, as it does with the caller, whose connection that death has cut.
 */
export class InputPipe {
  readonly #socket: Socket;

  private constructor(folder: string) {
    const file = openSync(join(folder, runFiles.stdin), constants.O_WRONLY | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd: file, readable: false, writable: true });
    // A process that does not read any more is no failure of ours; what comes for it is dropped.
    this.#socket.on("error", () => undefined);
  }

  /** The pipe, and the end that the container is started with, which is lent. */
  static open<T>(folder: string, kind: InputKind, use: (pipe: InputPipe, end: number) => T): T {
    const path = join(folder, runFiles.stdin);
    // Without a writer the opening of an end to read from would wait for one, and without a reader the other way round.
    const both = openSync(path, constants.O_RDWR);
    const end = kind === "many" ? both : openSync(path, constants.O_RDONLY);
    try {
      return use(new InputPipe(folder), end);
    } finally {
      closeSync(both);
      if (end !== both) closeSync(end);
    }
  }

  /** The pipe of a container that another supervisor started; `undefined` when nobody reads from it any more. */
  static reopen(folder: string): InputPipe | undefined {
    try {
      return new InputPipe(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENXIO") return undefined;
      throw error;
    }
  }

  /** Whether it takes more now; when not, `ready` tells. The bytes are the pipe's from now on. */
  write(bytes: Uint8Array): boolean {
    return !this.#socket.writable || this.#socket.write(bytes);
  }

  /** Calls back whenever it takes more again, until the signal aborts. */
  onReady(ready: () => void, signal: AbortSignal): void {
    for (const event of ["drain", "close"]) this.#socket.on(event, ready);
    signal.addEventListener("abort", () => {
      for (const event of ["drain", "close"]) this.#socket.off(event, ready);
    });
  }

  /** The end of input, after what has been written. */
  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}
