import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { runFiles } from "../../state-directory.ts";
import { note } from "../note.ts";
import { timestamp } from "./clock.ts";

/** How large a log file grows before it is set aside; one older file is kept beside it. */
export const logFileBytes: number = 10 * 1024 * 1024;

const newline = 10;
const lineEnd = Buffer.from("\n");

/**
 * A run's output on disk, in the CRI's log format: `<time> <stream> <F or P> <text>`, where P says that the line goes on.
 * What arrives is written at once, so that nothing is lost with the supervisor; and synchronously, so that a container
 * that writes faster than the disk is slowed down instead of buffered.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/logs/logs.go (`parseCRILog`)
 */
export class OutputLog {
  readonly #folder: string;
  #file: number;
  #bytes: number;
  #isLosing = false;
  /** The last line is not whole. */
  #isCut = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = openSync(join(folder, runFiles.log), "a+", 0o600);
    this.#bytes = fstatSync(this.#file).size;
    this.#isCut = this.#bytes > 0 && !endsLine(this.#file, this.#bytes);
  }

  append(stream: "stdout" | "stderr", chunk: Buffer): void {
    const prefix = `${timestamp()} ${stream} `;
    const full = Buffer.from(`${prefix}F `);
    const parts: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      parts.push(full, chunk.subarray(start, end + 1));
      start = end + 1;
    }
    if (start < chunk.length) parts.push(Buffer.from(`${prefix}P `), chunk.subarray(start), lineEnd);
    this.#write(Buffer.concat(parts));
    if (this.#bytes >= logFileBytes) this.#rotate();
  }

  close(): void {
    if (this.#file !== -1) closeSync(this.#file);
    this.#file = -1;
  }

  /** When the next file cannot be made, on a full disk say, the one that is open goes on for as long again. */
  #rotate(): void {
    this.#bytes = 0;
    const [log, older] = [join(this.#folder, runFiles.log), join(this.#folder, runFiles.olderLog)];
    const next = `${log}.next`;
    try {
      const file = openSync(next, "a+", 0o600);
      try {
        renameSync(log, older);
        renameSync(next, log);
      } catch (error) {
        closeSync(file);
        throw error;
      }
      closeSync(this.#file);
      this.#file = file;
    } catch (error) {
      note(`The output in ${this.#folder} could not be set aside`, error);
    }
  }

  /** A full disk costs output, and not the container; half a line that it leaves does not spoil the next one. */
  #write(lines: Buffer): void {
    const bytes = this.#isCut ? Buffer.concat([lineEnd, lines]) : lines;
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.#file, bytes, at);
      this.#isLosing = false;
    } catch (error) {
      if (!this.#isLosing) note(`Output in ${this.#folder} is being lost`, error);
      this.#isLosing = true;
    }
    this.#bytes += at;
    if (at > 0) this.#isCut = bytes[at - 1] !== newline;
  }
}

function endsLine(file: number, size: number): boolean {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === newline;
}
