import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/** A program with pipes for its streams, which ends with its owner. */
export class RunningProgram implements AsyncDisposable {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves to its exit code, once all that it wrote was read; 128 when a signal has ended it. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  #stderr = "";

  constructor([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.stdin = child.stdin.on("error", () => {});
    this.stdout = child.stdout;
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#stderr += text));
    this.ended = once(child, "close").then(([code]) => (code as number | null) ?? 128);
  }

  /** What it has complained of so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Without a word. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    this.stdout.resume();
    await this.ended;
  }
}
