import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export interface ComponentOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Its whole environment; that of this process when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output goes, one life after the other. */
  readonly logFile: string;
  /** Whether it does its work; asked again and again while it starts. */
  readonly isReady: (signal: AbortSignal) => Promise<boolean>;
}

const readyLimitMs = 120_000;
const stopLimitMs = 15_000;

/** One program of a server, with the verbs that tests of faults need. */
export class Component implements AsyncDisposable {
  readonly #options: ComponentOptions;
  #child: ChildProcess | undefined;

  constructor(options: ComponentOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** What it has written in all its lives. */
  log(): string {
    return readFileSync(this.#options.logFile, "utf8");
  }

  /** Its process id while it runs. */
  get pid(): number | undefined {
    const child = this.#child;
    return child && child.exitCode === null && child.signalCode === null ? child.pid : undefined;
  }

  /**
   * Resolves when it does its work. Rejects with the end of its log when it ends before, or does not get there, and with the
   * signal's reason; then it may run, until it is disposed of.
   */
  async start({ signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.pid !== undefined) return;
    const { program, args, env, logFile, isReady } = this.#options;
    const log = openSync(logFile, "a");
    try {
      this.#child = spawn(program, args, { stdio: ["ignore", log, log], ...(env ? { env } : {}) });
      await once(this.#child, "spawn");
    } finally {
      closeSync(log);
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(readyLimitMs)]);
    while (!(await isReady(limit).catch(() => false))) {
      signal.throwIfAborted();
      if (this.pid === undefined) throw this.#failure("ended before it was ready");
      if (limit.aborted) throw this.#failure(`was not ready within ${readyLimitMs / 1000} s`);
      await delay(50);
    }
  }

  /** Asks it to end, and kills it when it does not. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Ends it without a word, as a crash does. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** It holds its connections and answers nobody. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || this.pid === undefined) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const tooLong = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
    await ended.finally(() => clearTimeout(tooLong));
  }

  #failure(what: string): Error {
    const last = this.log().trim().split("\n").slice(-15).join("\n");
    return new Error(`${this.name} ${what}; the end of its log:\n${last}`);
  }
}
