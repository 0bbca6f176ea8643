import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { agentEnvironment } from "./agent-environment.ts";
import { root } from "./checkout.ts";

export interface ChildProgramOptions {
  /** The TypeScript file, from the checkout, and its arguments. */
  readonly args: readonly string[];
  /** Where its output goes. */
  readonly logFile: string;
}

/** How a process ended: `code 1`, `signal SIGKILL`. */
export type Ended = string;

/** A program of this checkout in a process of its own. */
export class ChildProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  /** Resolves with the first line that it prints; never, if it ends before. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Ended>;

  constructor({ args, logFile }: ChildProgramOptions) {
    const log = createWriteStream(logFile);
    this.#child = spawn(process.execPath, args, {
      cwd: root,
      env: agentEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#logFile = logFile;
    this.#child.stdout?.pipe(log, { end: false });
    this.#child.stderr?.pipe(log, { end: false });
    this.firstLine = new Promise((resolve) => {
      let text = "";
      this.#child.stdout?.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
      });
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(error.message));
      this.#child.once("close", (code, signal) => log.end(() => resolve(signal ? `signal ${signal}` : `code ${code}`)));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The last lines of its output. */
  lastLines(count: number): string {
    return readFileSync(this.#logFile, "utf8").trim().split("\n").slice(-count).join("\n");
  }

  /** Asks it to end, and kills it when it does not within `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    if (this.running) this.#child.kill("SIGTERM");
    const limit = new AbortController();
    await Promise.race([this.ended, delay(limitMs, undefined, { signal: limit.signal }).catch(() => {})]);
    limit.abort();
    if (this.running) this.#child.kill("SIGKILL");
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(3000);
  }
}
