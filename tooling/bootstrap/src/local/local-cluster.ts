import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { stopSupervisor } from "@virtual-kubelet/provider-process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ChildProgram } from "./child-program.ts";
import { connectionOf } from "./kubeconfig-connection.ts";
import { PlainFailure } from "./plain-failure.ts";
import { removeProcessFile, runningProcess, writeProcessFile } from "./process-file.ts";
import { until } from "./until.ts";

export const nodeName = "virtual-kubelet";
const agentProgram = "apps/agent/src/main.ts";

export interface LocalClusterOptions {
  /** Where its kubeconfigs, logs and pods are. */
  readonly directory: string;
  /** 0 is any that is free. */
  readonly port: number;
  readonly signal: AbortSignal;
}

/** The development cluster and the agent with provider-process, each a process of its own, with all state in one folder. */
export class LocalCluster implements AsyncDisposable {
  readonly #directory: string;
  readonly #cluster: ChildProgram;
  #client: KubernetesClient | undefined;
  #agent: ChildProgram | undefined;

  private constructor(directory: string, cluster: ChildProgram) {
    this.#directory = directory;
    this.#cluster = cluster;
  }

  /** Starts both and resolves when the API server answers. Throws a `PlainFailure` when it cannot. */
  static async start({ directory, port, signal }: LocalClusterOptions): Promise<LocalCluster> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const cluster = new ChildProgram({
      args: [
        "packages/dev-cluster/src/main.ts",
        "--port",
        String(port),
        "--directory",
        directory,
        "--node-name",
        nodeName,
      ],
      logFile: join(directory, "cluster.log"),
    });
    const local = new LocalCluster(directory, cluster);
    try {
      writeFileSync(agentConfigFile(directory), agentConfig(directory));
      // The kubeconfig of an earlier run is as good as the new one: the authority and the port stay.
      if (hasKubeconfigFor(directory, port)) local.startAgent();
      const early = cluster.ended.then(() => undefined);
      const line = await Promise.race([cluster.firstLine, early, aborted(signal)]);
      if (line === undefined) throw new PlainFailure(whyNot(cluster));
      local.#client = new KubernetesClient({ connection: connectionOf(local.kubeconfigFile) });
      if (!local.#agent) local.startAgent();
      return local;
    } catch (error) {
      await local[Symbol.asyncDispose]();
      throw error;
    }
  }

  get kubeconfigFile(): string {
    return join(this.#directory, "admin.kubeconfig");
  }

  get client(): KubernetesClient {
    if (!this.#client) throw new Error("The cluster is not ready.");
    return this.#client;
  }

  get agent(): ChildProgram | undefined {
    return this.#agent;
  }

  /** Resolves when the cluster's process has ended, which nobody asked it to. */
  get clusterEnded(): Promise<string> {
    return this.#cluster.ended;
  }

  startAgent(): ChildProgram {
    const agent = new ChildProgram({
      args: agentArguments(this.#directory),
      logFile: join(this.#directory, "agent.log"),
    });
    writeProcessFile(agentProcessFile(this.#directory), agent.pid);
    this.#agent = agent;
    return agent;
  }

  async nodeReady(signal: AbortSignal): Promise<void> {
    const agent = this.#agent;
    const isReady = async (): Promise<boolean> => {
      if (agent && !agent.running) throw new PlainFailure(`The agent ended:\n${agent.lastLines(5)}`);
      const { items } = await this.client.list(resources.nodes, { signal });
      return items.some(
        ({ metadata, status }) =>
          metadata.name === nodeName &&
          status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
      );
    };
    await until(isReady, { what: "the node to be Ready", limitMs: 30_000, signal });
  }

  /** The agent first, then the containers, then the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    await endAgent(this.#directory, this.#agent);
    await stopSupervisor({ directory: podsDirectory(this.#directory) });
    await this.#client?.[Symbol.asyncDispose]();
    await this.#cluster[Symbol.asyncDispose]();
  }
}

/** Ends the agent that is at work in this folder, whoever started it. */
export async function endAgent(directory: string, child?: ChildProgram): Promise<void> {
  await child?.stop(3000);
  const file = agentProcessFile(directory);
  const pid = runningProcess(file, agentProgram);
  if (pid !== undefined) {
    process.kill(pid, "SIGTERM");
    const gone = (): boolean => runningProcess(file, agentProgram) === undefined;
    await until(gone, { what: "the agent to end", limitMs: 3000 }).catch(() => process.kill(pid, "SIGKILL"));
  }
  removeProcessFile(file);
}

/** What Node.js is given to run the agent of this folder. */
export function agentArguments(directory: string): string[] {
  return [agentProgram, "run", "--config", agentConfigFile(directory)];
}

function agentConfigFile(directory: string): string {
  return join(directory, "agent.yaml");
}

export function agentProcessFile(directory: string): string {
  return join(directory, "agent.pid");
}

/** Where provider-process keeps its pods: beside the rest, or, when that path is too long for a socket, in a folder of its own. */
export function podsDirectory(directory: string): string {
  const inside = join(directory, "pods");
  if (Buffer.byteLength(inside) <= 85) return inside;
  return join(tmpdir(), `virtual-kubelet-${createHash("sha256").update(directory).digest("hex").slice(0, 12)}`);
}

function agentConfig(directory: string): string {
  return stringify({
    provider: "process",
    providerOptions: { directory: podsDirectory(directory) },
    nodeName,
    kubeconfig: "node.kubeconfig",
    kubeletAddress: "127.0.0.1",
    nodeAddress: "127.0.0.1",
    kubeletPort: 0,
    taints: [],
    logFormat: "pretty",
  });
}

function whyNot(cluster: ChildProgram): string {
  const said = cluster.lastLines(1) || "The cluster ended before it was ready.";
  return said.includes("--port") ? `${said} With npm: npm start -- --port PORT.` : said;
}

function hasKubeconfigFor(directory: string, port: number): boolean {
  const file = join(directory, "node.kubeconfig");
  return port !== 0 && existsSync(file) && readFileSync(file, "utf8").includes(`:${port}`);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
