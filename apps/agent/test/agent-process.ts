import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface AgentRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AgentRunOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** From its source, or from what was built of it. */
const program = fileURLToPath(
  new URL(
    process.env["VIRTUAL_KUBELET_TEST_PROGRAMS"] === "dist" ? "../dist/main.js" : "../src/main.ts",
    import.meta.url,
  ),
);

/** The agent as it is started by itself, killed when it has not ended within its time. */
export class AgentProcess {
  readonly ended: Promise<AgentRun>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";
  readonly #waiting = new Map<string, () => void>();

  constructor(args: readonly string[], { cwd, environment = {} }: AgentRunOptions) {
    const { PATH, NODE_OPTIONS, NODE_COMPILE_CACHE } = process.env;
    const env = { PATH, NODE_OPTIONS, NODE_COMPILE_CACHE, HOME: cwd, ...environment };
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 15_000,
    });
    child.stdout.on("data", (chunk: Buffer) => (this.#stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
      for (const [text, found] of this.#waiting) if (this.#stderr.includes(text)) found();
    });
    this.#child = child;
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve({ exitCode, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** Resolves when it has written this to stderr; rejects when it ends without. */
  async stderrHas(text: string): Promise<void> {
    const found = new Promise<void>((resolve) => this.#waiting.set(text, resolve));
    if (this.#stderr.includes(text)) return;
    const over = this.ended.then(({ stderr }) => {
      if (!stderr.includes(text)) throw new Error(`The agent ended without saying "${text}":\n${stderr}`);
    });
    await Promise.race([found, over]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Runs the agent to its end. */
export function runAgent(args: readonly string[], options: AgentRunOptions): Promise<AgentRun> {
  return new AgentProcess(args, options).ended;
}
