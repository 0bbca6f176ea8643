import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SeekableBytes } from "@virtual-kubelet/pod-toolkit";
import { ProviderError } from "@virtual-kubelet/provider";
import { runFiles } from "../state-directory.ts";
import { FileChunks } from "./file-chunks.ts";
import { FolderChanges } from "./folder-changes.ts";

export interface LogReading {
  /** Where to begin, in all that was there at the opening. */
  readonly from: number;
  /** Whether to go on until the run is over, and not to end with what was there at the opening. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** A file, and how long it was when it was opened. */
interface OpenFile {
  readonly file: FileHandle;
  readonly size: number;
}

/** The log files of a run, held open, so that they can be read while the supervisor sets them aside. */
export class LogFiles implements SeekableBytes, AsyncDisposable {
  readonly #folder: string;
  readonly #older: OpenFile | undefined;
  #current: OpenFile;

  private constructor(folder: string, current: OpenFile, older: OpenFile | undefined) {
    this.#folder = folder;
    this.#current = current;
    this.#older = older;
  }

  /** `NotFound` when nothing is kept of the run. */
  static async open(folder: string): Promise<LogFiles> {
    for (;;) {
      const older = await openIfThere(join(folder, runFiles.olderLog));
      const current = await openIfThere(join(folder, runFiles.log)).catch((error: unknown) =>
        closeAndThrow(older, error),
      );
      const isStable = (await numberOf(join(folder, runFiles.olderLog))) === (older && (await older.file.stat()).ino);
      if (current && isStable) return new LogFiles(folder, current, older);
      await older?.file.close();
      await current?.file.close();
      if (!current && (await numberOf(folder)) === undefined)
        throw new ProviderError("NotFound", "The output of this run is not kept any more.");
      if (!current && isStable) throw new ProviderError("NotFound", "This run has no output.");
    }
  }

  /** Of all that was there at the opening, the files one behind the other. To be asked before anything is read on. */
  get size(): number {
    return this.#olderSize + this.#current.size;
  }

  async read(from: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    const older = this.#older ? await readInto(bytes, this.#older.file, { from, size: this.#olderSize }) : 0;
    const at = from + older - this.#olderSize;
    const current =
      older < length
        ? await readInto(bytes.subarray(older), this.#current.file, { from: at, size: this.#current.size })
        : 0;
    return bytes.subarray(0, older + current);
  }

  /** What is there, in chunks that are the reader's to keep; then, for one who follows, what comes. */
  async *chunks({ from, follow, signal }: LogReading): AsyncGenerator<Buffer> {
    const chunks = new FileChunks(signal);
    if (this.#older) yield* chunks.read(this.#older.file, { from, to: this.#olderSize });
    let at = Math.max(0, from - this.#olderSize);
    if (!follow) {
      yield* chunks.read(this.#current.file, { from: at, to: this.#current.size });
      return;
    }
    using changes = new FolderChanges(this.#folder, signal);
    while (!signal.aborted) {
      // Asked before the reading: what a finished run has written is there by then.
      const isOver = await this.#isOver();
      const isSetAside = (await numberOf(join(this.#folder, runFiles.log))) !== (await this.#current.file.stat()).ino;
      for await (const chunk of chunks.read(this.#current.file, { from: at, to: Number.POSITIVE_INFINITY })) {
        at += chunk.length;
        yield chunk;
      }
      if (isSetAside && (await this.#advance())) at = 0;
      else if (isOver) return;
      else await changes.next();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#older?.file.close();
    await this.#current.file.close();
  }

  get #olderSize(): number {
    return this.#older?.size ?? 0;
  }

  /** Goes on to the next file: the current one has been set aside. */
  async #advance(): Promise<boolean> {
    const known = (await this.#current.file.stat()).ino;
    const older = await openIfThere(join(this.#folder, runFiles.olderLog));
    // It has been set aside twice when the older file is another one.
    const isSkipped = older !== undefined && (await older.file.stat()).ino !== known;
    if (!isSkipped) await older?.file.close();
    const next = isSkipped ? older : await openIfThere(join(this.#folder, runFiles.log));
    if (!next) return false;
    await this.#current.file.close();
    this.#current = next;
    return true;
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

/** Rejects when it is there and cannot be opened: this process has too many files open, say. */
async function openIfThere(path: string): Promise<OpenFile | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return { file, size: (await file.stat()).size };
}

/** A file that nobody closes ends the process once its memory is collected, from Node.js 25 on. */
async function closeAndThrow(left: OpenFile | undefined, error: unknown): Promise<never> {
  await left?.file.close();
  throw error;
}

/** Fills the bytes as far as a file goes, and gives how many that are. */
async function readInto(
  bytes: Buffer,
  file: FileHandle,
  { from, size }: { readonly from: number; readonly size: number },
): Promise<number> {
  const wanted = Math.max(0, Math.min(bytes.length, size - from));
  let filled = 0;
  while (filled < wanted) {
    const { bytesRead } = await file.read(bytes, filled, wanted - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** The inode number of what is at a path. */
async function numberOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch {
    return undefined;
  }
}
