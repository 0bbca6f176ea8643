import { type IPty, spawn } from "@lydell/node-pty";

/** A program in a terminal of its own, which ends with it. */
export class Terminal implements AsyncDisposable {
  /** Resolves to its exit code. */
  readonly ended: Promise<number>;
  readonly #terminal: IPty;
  #screen = "";
  #hasEnded = false;

  constructor([program = "", ...args]: readonly string[], env: NodeJS.ProcessEnv) {
    this.#terminal = spawn(program, args, { env, cols: 101, rows: 33 });
    this.#terminal.onData((text) => (this.#screen += text));
    this.ended = new Promise((resolve) =>
      this.#terminal.onExit(({ exitCode }) => {
        this.#hasEnded = true;
        resolve(exitCode);
      }),
    );
  }

  /** All that was written to it so far, in the lines of any text. */
  get screen(): string {
    return this.#screen.replaceAll("\r\n", "\n");
  }

  /** As if it were typed. */
  write(text: string): void {
    this.#terminal.write(text);
  }

  /** As if its window were drawn larger or smaller. */
  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#terminal.kill("SIGKILL");
    await this.ended;
  }
}
