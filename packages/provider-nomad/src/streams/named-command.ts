import { randomBytes } from "node:crypto";

export const shell = "/bin/sh";

/**
 * A command that first tells its process ID, and then is what was asked for: Nomad does not say that a command has been started, and has no
 * way to kill one. The shell does nothing but this: the arguments reach the command as they are, and its process is the shell's own.
 */
export interface NamedCommand {
  readonly command: readonly [string, ...string[]];
  /** What stands before the process ID. */
  readonly mark: string;
}

export function namedCommand(command: readonly string[]): NamedCommand {
  const mark = `vk-${randomBytes(6).toString("hex")} `;
  return { mark, command: [shell, "-c", `printf '%s%s\\n' '${mark}' "$$" >&2; exec "$@"`, "sh", ...command] };
}

/** Kills a process, and those that it leads. */
export function killCommand(pid: number): readonly [string, ...string[]] {
  return [shell, "-c", 'kill -KILL -- "-$1" 2>/dev/null || kill -KILL "$1"', "sh", String(pid)];
}

/** Takes the mark and the process ID from the beginning of an output. */
export class MarkReader {
  readonly #mark: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** What of a piece is output, and the process ID once it is known. */
  read(piece: Buffer): { readonly output: Buffer; readonly pid?: number } {
    if (this.#isOver) return { output: piece };
    this.#held = Buffer.concat([this.#held, piece]);
    const known = Math.min(this.#held.length, this.#mark.length);
    const isOurs = this.#held.subarray(0, known).equals(this.#mark.subarray(0, known));
    const end = this.#held.indexOf(10, known);
    if (isOurs && end === -1) return { output: Buffer.alloc(0) };
    this.#isOver = true;
    if (!isOurs) return { output: this.#held };
    const pid = Number.parseInt(this.#held.toString("latin1", this.#mark.length, end), 10);
    return { output: this.#held.subarray(end + 1), pid };
  }
}
