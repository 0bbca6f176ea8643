import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pod, PodSpec, PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodRef, Provider } from "@virtual-kubelet/provider";
import { processes, stopSupervisor } from "@virtual-kubelet/provider-process";
import { lendingContext } from "@virtual-kubelet/provider-testkit";
import { until } from "../until.ts";

export const call: { readonly signal: AbortSignal } = { signal: new AbortController().signal };

/** The provider of processes without a cluster, on a state directory of its own. All that runs there ends with it. */
export class ProcessNode implements AsyncDisposable {
  readonly directory: string;
  readonly provider: Provider;

  private constructor(directory: string, provider: Provider) {
    this.directory = directory;
    this.provider = provider;
  }

  static async start(): Promise<ProcessNode> {
    const directory = mkdtempSync(join(tmpdir(), "vk-process-"));
    const options = { directory, address: "192.0.2.1", supervisorIdleMs: 2_000 };
    return new ProcessNode(directory, await processes(options)(lendingContext()));
  }

  async create(pod: Pod): Promise<void> {
    await this.provider.createPod(pod, { ...call, revision: "v1:a" });
  }

  async waitFor(pod: PodRef, is: (status: PodStatus) => boolean, what: string): Promise<PodStatus> {
    let found: PodStatus | undefined;
    const look = async (): Promise<PodStatus | undefined> => {
      found = (await this.provider.getPod(pod, call))?.status;
      return found && is(found) ? found : undefined;
    };
    return until(look, { what, otherwise: async () => JSON.stringify(found) });
  }

  async waitForPhase(pod: PodRef, phase: string): Promise<PodStatus> {
    return this.waitFor(pod, (status) => status.phase === phase, `phase ${phase}`);
  }

  async logs(pod: PodRef): Promise<string> {
    const options = { ...call, follow: false, previous: false, timestamps: false };
    const chunks: Buffer[] = [];
    const source = (await this.provider.getContainerLogs?.({ pod, container: "app" }, options)) ?? [];
    for await (const chunk of source) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString();
  }

  async killSupervisor(): Promise<void> {
    const pid = this.#supervisor();
    if (pid === undefined) throw new Error("There is no supervisor to kill");
    process.kill(pid, "SIGKILL");
    await until(() => this.#supervisor() !== pid, { what: "the supervisor's end" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.provider[Symbol.asyncDispose]?.();
    await stopSupervisor({ directory: this.directory });
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The process that writes the supervisor's log. */
  #supervisor(): number | undefined {
    const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
    return pids.find((pid) => targetOf(`/proc/${pid}/fd/2`) === join(this.directory, "supervisor.log"));
  }
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

let pods = 0;

/** A pod with one container that runs a shell script. */
export function shell(script: string, spec: Partial<PodSpec> = {}): Pod {
  const name = `pod-${++pods}`;
  return {
    metadata: { namespace: "default", name, uid: `uid-${process.pid}-${pods}` },
    spec: { restartPolicy: "Never", containers: [{ name: "app", command: ["sh", "-c", script] }], ...spec },
  };
}
