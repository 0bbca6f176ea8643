import { execFile } from "node:child_process";
import { join } from "node:path";
import { RunningProgram } from "./running-program.ts";
import { Terminal } from "./terminal.ts";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Its path. */
  readonly program: string;
  readonly kubeconfig: string;
  /** Where it keeps what it has found out of the API server. */
  readonly folder: string;
}

const limitMs = 120_000;

/** Runs an unmodified kubectl as a user does. */
export class Kubectl {
  readonly #options: KubectlOptions;

  constructor(options: KubectlOptions) {
    this.#options = options;
  }

  /** Whatever comes of it. */
  run(args: readonly string[], input = ""): Promise<Answer> {
    const { program } = this.#options;
    return new Promise((resolve) => {
      const env = this.#environment;
      const child = execFile(program, args, { timeout: limitMs, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      });
      child.stdin?.on("error", () => {}).end(input);
    });
  }

  /** What it printed; throws with its complaint when it ends with anything but 0. */
  async succeed(args: readonly string[], input = ""): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}:\n${stderr}${stdout}`);
    return stdout;
  }

  /** Before the eyes of a user. */
  terminal(args: readonly string[]): Terminal {
    return new Terminal([this.#options.program, ...args], this.#environment);
  }

  /** With pipes for its streams, for more than a text. */
  start(args: readonly string[]): RunningProgram {
    return new RunningProgram([this.#options.program, ...args], this.#environment);
  }

  get #environment(): NodeJS.ProcessEnv {
    const { kubeconfig, folder } = this.#options;
    return { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, "kubectl-cache") };
  }
}
