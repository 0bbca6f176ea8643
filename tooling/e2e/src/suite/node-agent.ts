import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentProcess } from "@virtual-kubelet/integration/agent-process";
import { stopSupervisor } from "@virtual-kubelet/provider-process";

export interface NodeAgentOptions {
  readonly nodeName: string;
  /** None when absent: the flags say how to reach the cluster. */
  readonly kubeconfig?: string;
  readonly address: string;
  /** Where the node's files are. */
  readonly folder: string;
  /** As the agent's flag takes them; none when absent. */
  readonly taints?: string;
  readonly flags?: readonly string[];
  /** provider-process when absent. */
  readonly provider?: string;
  /** Its options; those of provider-process when absent, which all its likes take. */
  readonly providerConfig?: object;
}

const recorder = fileURLToPath(new URL("../requests/recorder.ts", import.meta.url));

/** The agent, as an operator starts it; with its end the pods of provider-process end too. */
export class NodeAgent implements AsyncDisposable {
  readonly #options: NodeAgentOptions;
  readonly #folder: string;
  #process: AgentProcess;

  constructor(options: NodeAgentOptions) {
    this.#options = options;
    this.#folder = join(options.folder, options.nodeName);
    mkdirSync(this.#folder, { recursive: true });
    const { stateDirectory: directory } = this;
    const { address, providerConfig = { directory, address } } = options;
    writeFileSync(this.#providerConfig, JSON.stringify(providerConfig), { mode: 0o600 });
    this.#process = this.#start();
  }

  get stateDirectory(): string {
    return join(this.#folder, "state");
  }

  /** What the present life of the agent has written. */
  get output(): string {
    return this.#process.output;
  }

  get hasEnded(): boolean {
    return this.#process.hasEnded;
  }

  /** Without a word, as a crash does. Its pods run on. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  restart(): void {
    this.#process = this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    if (this.#options.providerConfig === undefined) await stopSupervisor({ directory: this.stateDirectory });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #providerConfig(): string {
    return join(this.#folder, "provider.json");
  }

  #start(): AgentProcess {
    return new AgentProcess({ ...this.#options, providerConfig: this.#providerConfig, preload: recorder });
  }
}
