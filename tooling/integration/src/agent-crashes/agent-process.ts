import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Where the agent's program is: its source, or what is built of it, for a Node.js that cannot run the source. */
function agentProgram(): string {
  const program = process.env["VIRTUAL_KUBELET_TEST_PROGRAMS"] === "dist" ? "dist/main.js" : "src/main.ts";
  return fileURLToPath(new URL(`../../../../apps/agent/${program}`, import.meta.url));
}

export interface AgentProcessOptions {
  /** None when absent: the flags say how to reach the cluster. */
  readonly kubeconfig?: string;
  readonly providerConfig: string;
  /** As the flag takes it; `process` when absent. */
  readonly provider?: string;
  readonly nodeName: string;
  /** As `--taints` takes them, or `default`; none when absent, so that every pod may come. */
  readonly taints?: string;
  /** Where its kubelet API listens, and what the node says its address is; loopback when absent. */
  readonly address?: string;
  /** More flags. */
  readonly flags?: readonly string[];
  /** A module that is loaded before its program: its path. */
  readonly preload?: string;
}

/** The agent, with provider-process if nothing else is said, as a program of its own that can be killed. */
export class AgentProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = "";

  constructor(options: AgentProcessOptions) {
    const { kubeconfig, providerConfig, nodeName, taints = "", address = "127.0.0.1", flags = [], preload } = options;
    const { provider: name = "process" } = options;
    const tainted = taints === "default" ? [] : ["--taints", taints];
    const reaching = kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig];
    const node = ["--node-name", nodeName, ...reaching, ...tainted, ...flags];
    const listening = ["--kubelet-address", address, "--node-address", address, "--kubelet-port", "0"];
    const provider = ["--provider", name, "--provider-config", providerConfig];
    const loading = preload === undefined ? [] : ["--import", preload];
    const args = [...loading, agentProgram(), "run", ...node, ...listening, ...provider, "--log-format", "json"];
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output = (this.#output + text).slice(-100_000)));
    }
  }

  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends it without a word, as a crash does. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  /** Asks it to end, as a supervisor does. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
