import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ProviderError } from "@virtual-kubelet/provider";
import { runFiles } from "../state-directory.ts";

const chunkBytes = 64 * 1024;
/** In case the system does not tell of a change. */
const lookAgainMs = 1000;

export interface LogReading {
  /** Whether to go on until the run is over. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** The log files of a run, held open, so that they can be read while the supervisor sets them aside. */
export class LogFiles implements AsyncDisposable {
  readonly #folder: string;
  #older: FileHandle | undefined;
  #current: FileHandle;
  readonly #buffer: Buffer = Buffer.allocUnsafe(chunkBytes);

  private constructor(folder: string, current: FileHandle, older: FileHandle | undefined) {
    this.#folder = folder;
    this.#current = current;
    this.#older = older;
  }

  /** `NotFound` when nothing is kept of the run. */
  static async open(folder: string): Promise<LogFiles> {
    for (;;) {
      const older = await openIfThere(join(folder, runFiles.olderLog));
      const current = await openIfThere(join(folder, runFiles.log));
      const isStable = (await numberOf(join(folder, runFiles.olderLog))) === (older && (await older.stat()).ino);
      if (current && isStable) return new LogFiles(folder, current, older);
      await older?.close();
      await current?.close();
      if (!current && (await numberOf(folder)) === undefined)
        throw new ProviderError("NotFound", "The output of this run is not kept any more.");
      if (!current && isStable) throw new ProviderError("NotFound", "This run has no output.");
    }
  }

  /** What is there, from the beginning. A chunk is good until the next one is asked for. */
  async *readOnce(): AsyncGenerator<Buffer> {
    if (this.#older) yield* this.#readAll(this.#older, 0);
    yield* this.#readAll(this.#current, 0);
  }

  /** As `readOnce`, and then what comes, until the run is over and all is read. */
  async *read({ follow, signal }: LogReading): AsyncGenerator<Buffer> {
    if (!follow) {
      yield* this.readOnce();
      return;
    }
    using changes = new FolderChanges(this.#folder, signal);
    if (this.#older) yield* this.#readAll(this.#older, 0);
    let at = 0;
    while (!signal.aborted) {
      // Asked before the reading: what a finished run has written is there by then.
      const isOver = await this.#isOver();
      const isSetAside = (await numberOf(join(this.#folder, runFiles.log))) !== (await this.#current.stat()).ino;
      for await (const chunk of this.#readAll(this.#current, at)) {
        yield chunk;
        at += chunk.length;
      }
      if (isSetAside && (await this.#advance())) at = 0;
      else if (isOver) return;
      else await changes.next();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#older?.close();
    await this.#current.close();
  }

  /** Goes on to the next file: the current one has been set aside. */
  async #advance(): Promise<boolean> {
    const known = (await this.#current.stat()).ino;
    const older = await openIfThere(join(this.#folder, runFiles.olderLog));
    // It has been set aside twice when the older file is another one.
    const isSkipped = older !== undefined && (await older.stat()).ino !== known;
    const next = isSkipped ? older : await openIfThere(join(this.#folder, runFiles.log));
    if (!isSkipped) await older?.close();
    if (!next) return false;
    await this.#current.close();
    this.#current = next;
    return true;
  }

  async *#readAll(file: FileHandle, from: number): AsyncGenerator<Buffer> {
    for (let at = from; ;) {
      const { bytesRead } = await file.read(this.#buffer, 0, chunkBytes, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield this.#buffer.subarray(0, bytesRead);
    }
  }

  async #isOver(): Promise<boolean> {
    try {
      const text = await readFile(join(this.#folder, runFiles.record), "utf8");
      return (JSON.parse(text) as { isOver: boolean }).isOver;
    } catch {
      return true;
    }
  }
}

/** Waits for something to happen in a folder. */
class FolderChanges implements Disposable {
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

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch {
    return undefined;
  }
}

/** The inode number of what is at a path. */
async function numberOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch {
    return undefined;
  }
}
