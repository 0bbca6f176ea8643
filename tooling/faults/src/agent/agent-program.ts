import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Connection } from "@virtual-kubelet/kubernetes";
import { type Bench, nodeName } from "../bench.ts";
import type { CrashPoint } from "./crashing-provider.ts";
import type { AgentOptions } from "./main.ts";

const program = fileURLToPath(new URL("main.ts", import.meta.url));

export interface AgentProgramOptions {
  /** As the bench's node when absent. */
  readonly connection?: Connection;
  readonly crashAt?: CrashPoint;
}

/** A node of a bench's as a process of its own. */
export class AgentProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #ready: Promise<unknown>;
  #complaints = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
    this.#ready = once(child.stdout ?? child, "data");
    this.#ready.catch(() => {});
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-4_000);
    });
  }

  static async start(
    it: Bench,
    { connection = it.identity, crashAt }: AgentProgramOptions = {},
  ): Promise<AgentProgram> {
    const credentials = await connection.credentials({ refresh: false, signal: AbortSignal.timeout(5_000) });
    const options: AgentOptions = {
      nodeName,
      server: connection.server,
      credentials,
      backend: it.backend.url,
      missedTwiceMs: 400,
      crashAt,
    };
    const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ["pipe", "pipe", "pipe"] });
    return it.use(new AgentProgram(child));
  }

  /** The last of what it has warned of. */
  get complaints(): string {
    return this.#complaints;
  }

  /** Resolves when it has ended, by whatever. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Resolves when the node is ready; rejects when it ends before. */
  async untilReady(): Promise<void> {
    const early = this.#ended.then(() => {
      throw new Error("the agent ended before it was ready");
    });
    await Promise.race([this.#ready, early]);
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
