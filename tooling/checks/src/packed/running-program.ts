import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A child process that ends with its owner: asked first, killed after five seconds. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (this.#output += String(data)));
  }

  get output(): string {
    return this.#output;
  }

  /** Rejects when the program ends by itself. */
  get failure(): Promise<never> {
    return this.#ended.then(() =>
      Promise.reject(
        new Error(`The program ended with ${this.#child.exitCode ?? this.#child.signalCode}:\n${this.#output}`),
      ),
    );
  }

  /** Waits until the program has printed something, for at most twenty seconds. */
  async firstLine(): Promise<void> {
    const stdout = this.#child.stdout;
    if (!stdout) return;
    await Promise.race([once(stdout, "data", { signal: AbortSignal.timeout(20_000) }), this.failure]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await this.#ended;
    clearTimeout(timer);
  }
}
