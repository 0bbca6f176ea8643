import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentProcess } from "@virtual-kubelet/integration/agent-process";
import { stopSupervisor } from "@virtual-kubelet/provider-process";
import type { MappedImage } from "../images/image-map.ts";

export interface ConformanceNodeOptions {
  readonly nodeName: string;
  readonly kubeconfig: string;
  readonly address: string;
  /** Where the node's files are. */
  readonly folder: string;
  readonly images: Readonly<Record<string, MappedImage>>;
  /** How pods reach it: host and port. */
  readonly apiServerForPods: string;
  /** Where what the agent says goes when it has ended. */
  readonly logFile: string;
}

/** The suite's pods ask for little, and there are many of them. */
const capacity = { cpu: "8", memory: "8Gi", pods: "110" };

/** The agent with provider-process as a program of its own, which takes every pod; with its end its pods end too. */
export class ConformanceNode implements AsyncDisposable {
  readonly #process: AgentProcess;
  readonly #stateDirectory: string;
  readonly #logFile: string;

  constructor(options: ConformanceNodeOptions) {
    const { nodeName, address, folder, images, apiServerForPods, logFile } = options;
    const own = join(folder, "nodes", nodeName);
    mkdirSync(own, { recursive: true });
    this.#stateDirectory = join(own, "state");
    this.#logFile = logFile;
    const providerConfig = join(own, "provider.json");
    writeFileSync(providerConfig, JSON.stringify({ directory: this.#stateDirectory, address, capacity, images }));
    this.#process = new AgentProcess({
      ...options,
      providerConfig,
      flags: ["--api-server-for-pods", apiServerForPods],
    });
  }

  /** Throws with what the agent said when it has ended. */
  assertAlive(): void {
    if (this.#process.hasEnded) throw new Error(`The agent has ended:\n${this.#process.output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await stopSupervisor({ directory: this.#stateDirectory });
    writeFileSync(this.#logFile, this.#process.output);
  }
}
