import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { type Draft, KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { stopSupervisor } from "@virtual-kubelet/provider-process";
import { AgentProcess } from "./agent-process.ts";
import { type Start, isAlive, startsIn, testimony } from "./witness.ts";

export interface CrashOptions {
  /** How often the agent is killed. */
  readonly rounds: number;
  /** How many pods run all the time. */
  readonly pods: number;
  /** The agent is killed within so many milliseconds of its start. */
  readonly withinMs: number;
  /** Told of every round. */
  readonly progress?: (round: number, seen: { readonly starts: number; readonly faults: number }) => void;
}

/** What was found; an empty list of faults is what is promised. */
export interface CrashReport {
  readonly faults: readonly string[];
  readonly starts: number;
  readonly ended: number;
}

const nodeName = "edge";
const settleMs = 60_000;

/**
 * Kills the agent at random instants and starts it again, while pods come, run and end. Compares in the end what ran, by the
 * word of the processes themselves, with what the cluster shows: nothing restarted, lost or doubled, every exit code true.
 */
export async function crashAgent(options: CrashOptions): Promise<CrashReport> {
  const directory = mkdtempSync(join(tmpdir(), "vk-crash-"));
  const witness = join(directory, "starts");
  const state = join(directory, "state");
  writeFileSync(witness, "");
  writeFileSync(join(directory, "provider.json"), JSON.stringify({ directory: state, address: "127.0.0.1" }));
  try {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    writeFileSync(
      join(directory, "kubeconfig"),
      cluster.kubeconfig({ user: `system:node:${nodeName}`, groups: ["system:nodes"] }),
    );
    const run = new CrashRun({ client, witness, directory });
    return await run.take(options);
  } finally {
    await stopSupervisor({ directory: state });
    rmSync(directory, { recursive: true, force: true });
  }
}

class CrashRun {
  readonly #client: KubernetesClient;
  readonly #witness: string;
  readonly #directory: string;
  /** The code with which each pod that ends has to end. */
  readonly #codes = new Map<string, number>();
  readonly #lasting: string[] = [];

  constructor(parts: { readonly client: KubernetesClient; readonly witness: string; readonly directory: string }) {
    this.#client = parts.client;
    this.#witness = parts.witness;
    this.#directory = parts.directory;
  }

  async take({ rounds, pods, withinMs, progress }: CrashOptions): Promise<CrashReport> {
    for (let index = 0; index < pods; index++) await this.#createLasting(`lasting-${index}`);
    for (let round = 0; round < rounds; round++) {
      await using agent = this.#startAgent();
      await this.#createEnding(`ending-${round}`, round % 120);
      await sleep(Math.random() * withinMs);
      await agent.kill();
      const faults = this.#doubled();
      progress?.(round + 1, { starts: startsIn(this.#witness).length, faults: faults.length });
      if (faults.length > 0) break;
    }
    await using agent = this.#startAgent();
    const settled = await this.#settle(agent);
    return {
      faults: [...settled, ...this.#doubled(), ...this.#lost()],
      starts: startsIn(this.#witness).length,
      ended: this.#codes.size,
    };
  }

  #startAgent(): AgentProcess {
    const kubeconfig = join(this.#directory, "kubeconfig");
    return new AgentProcess({ kubeconfig, providerConfig: join(this.#directory, "provider.json"), nodeName });
  }

  async #createLasting(name: string): Promise<void> {
    this.#lasting.push(name);
    await this.#create(name, "exec sleep 100000");
  }

  async #createEnding(name: string, code: number): Promise<void> {
    this.#codes.set(name, code);
    await this.#create(name, `sleep 0.${Math.floor(Math.random() * 10)}; exit ${code}`);
  }

  async #create(name: string, script: string): Promise<void> {
    const command = ["sh", "-c", `${testimony(this.#witness)}; ${script}`];
    const pod: Draft<Pod> = {
      metadata: { namespace: "default", name },
      spec: {
        nodeName,
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", image: "host", command, env: [{ name: "POD", value: name }] }],
      },
    };
    await this.#client.create(resources.pods, pod);
  }

  /** Waits until the cluster shows what it should; gives what it still shows wrongly when the time is up. */
  async #settle(agent: AgentProcess): Promise<readonly string[]> {
    const endMs = performance.now() + settleMs;
    for (;;) {
      const faults = await this.#shownWrongly();
      if (faults.length === 0) return [];
      if (performance.now() > endMs || agent.hasEnded)
        return [...faults, `the agent's last lines: ${agent.output.slice(-2_000)}`];
      await sleep(100);
    }
  }

  async #shownWrongly(): Promise<readonly string[]> {
    const { items } = await this.#client.list(resources.pods, { namespace: "default" });
    return items.flatMap(({ metadata: { name }, status }) => {
      const [container] = status?.containerStatuses ?? [];
      const code = this.#codes.get(name);
      const restarts = container?.restartCount ?? 0;
      if (restarts > 0) return [`${name} shows ${restarts} restarts`];
      if (code === undefined)
        return status?.phase === "Running" ? [] : [`${name} runs for ever but shows ${status?.phase}`];
      const shown = container?.state?.terminated?.exitCode;
      return shown === code ? [] : [`${name} ended with ${code} but shows ${shown ?? status?.phase}`];
    });
  }

  #doubled(): readonly string[] {
    const byPod = Map.groupBy(startsIn(this.#witness), ({ pod }) => pod);
    return [...byPod].flatMap(([pod, starts]) =>
      starts.length > 1 ? [`${pod} was started ${starts.length} times`] : [],
    );
  }

  #lost(): readonly string[] {
    const starts = new Map<string, Start>(startsIn(this.#witness).map((start) => [start.pod, start]));
    const never = [...this.#lasting, ...this.#codes.keys()]
      .filter((pod) => !starts.has(pod))
      .map((pod) => `${pod} was never started`);
    const gone = this.#lasting
      .filter((pod) => !isAlive(starts.get(pod) ?? { pod, pid: 0, startTime: "" }))
      .map((pod) => `${pod} no longer runs`);
    return [...never, ...gone];
  }
}
