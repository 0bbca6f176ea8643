import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container, Pod, PodSpec, PodStatus } from "@virtual-kubelet/kubernetes";
import {
  type LogCall,
  type PodRef,
  type Provider,
  type ProviderContext,
  type UpdateCall,
  type Variable,
} from "@virtual-kubelet/provider";
import { lendingContext } from "@virtual-kubelet/provider-testkit";
import { type ProcessOptions, provider, stopSupervisor } from "../src/index.ts";
import { memoryFolder, socketPath } from "../src/state-directory.ts";
import { environmentOf } from "../src/supervisor/processes/process-table.ts";

export const call: { readonly signal: AbortSignal } = { signal: new AbortController().signal };

/** A state directory whose processes and files are gone in the end. */
export class StateDirectory implements AsyncDisposable {
  readonly path: string;

  constructor(parent: string = tmpdir()) {
    this.path = mkdtempSync(join(parent, "vk-process-"));
  }

  /** A provider on this directory, as an agent would make it. Ending it leaves the pods alone. */
  async node(options: NodeOptions = {}): Promise<ProcessNode> {
    const { variables = [], events = [], nodeName = "node", context: lent = {}, ...rest } = options;
    const context = lendingContext({
      nodeName,
      environment: async () => variables,
      recordEvent: (_pod, { reason, message }) => void events.push(`${reason}: ${message}`),
      ...lent,
    });
    return new ProcessNode(
      await provider({ directory: this.path, address: "192.0.2.1", supervisorIdleMs: 2000, ...rest })(context),
    );
  }

  /** The processes that belong to this directory's containers: their HOME is below it, or what their root is. */
  processes(): readonly number[] {
    const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
    const isOurs = (pid: number) =>
      environmentOf(pid)?.["HOME"]?.startsWith(`${this.path}/`) ||
      targetOf(`/proc/${pid}/root`).startsWith(`${this.path}/`);
    return pids.filter((pid) => isOurs(pid));
  }

  /** Every supervisor of this directory, at work or about to be: they write to its log. */
  supervisors(): readonly number[] {
    const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
    return pids.filter((pid) => targetOf(`/proc/${pid}/fd/2`) === `${this.path}/supervisor.log`);
  }

  async supervisorPid(): Promise<number> {
    const socket = connect(socketPath(this.path));
    try {
      const [bytes] = (await once(socket, "data")) as [Buffer];
      return (JSON.parse(bytes.toString("utf8", 5)) as { hello: { pid: number } }).hello.pid;
    } finally {
      socket.destroy();
    }
  }

  async killSupervisor(): Promise<void> {
    const pid = await this.supervisorPid();
    process.kill(pid, "SIGKILL");
    await until(() => isGone(pid), "the supervisor's end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopSupervisor({ directory: this.path });
    const left = this.processes();
    for (const pid of left) process.kill(pid, "SIGKILL");
    rmSync(this.path, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`Processes were left behind: ${left.join(", ")}`);
    if (existsSync(memoryFolder(this.path))) throw new Error(`Volumes were left behind: ${memoryFolder(this.path)}`);
  }
}

export interface NodeOptions extends Pick<ProcessOptions, "images" | "allowHostPath"> {
  readonly variables?: readonly Variable[];
  /** Filled with what the provider reports. */
  readonly events?: string[];
  readonly nodeName?: string;
  /** What the context lends beside the variables. */
  readonly context?: Partial<ProviderContext>;
}

/** One provider, with what tests ask of it most. */
export class ProcessNode implements AsyncDisposable {
  readonly provider: Required<
    Pick<
      Provider,
      | "adoptPod"
      | "updatePod"
      | "exec"
      | "attach"
      | "forwardPort"
      | "getStats"
      | "getContainerLogs"
      | "watchPods"
      | "describeNode"
      | "ping"
    >
  > &
    Provider;

  constructor(made: Provider) {
    this.provider = made as ProcessNode["provider"];
  }

  async create(pod: Pod): Promise<PodRef> {
    await this.provider.createPod(pod, { ...call, revision: "v1:a" });
    return pod.metadata;
  }

  async update(pod: Pod, ...changes: UpdateCall["changes"]): Promise<void> {
    await this.provider.updatePod(pod, { ...call, revision: "v1:b", changes });
  }

  async status(pod: PodRef): Promise<PodStatus | undefined> {
    return (await this.provider.getPod(pod, call))?.status;
  }

  async waitFor(pod: PodRef, is: (status: PodStatus) => boolean, what: string): Promise<PodStatus> {
    let found: PodStatus | undefined;
    await until(
      async () => {
        found = await this.status(pod);
        return found !== undefined && is(found);
      },
      () => `${what}; the status is ${JSON.stringify(found)}`,
    );
    return found as PodStatus;
  }

  async waitForPhase(pod: PodRef, phase: string): Promise<PodStatus> {
    return this.waitFor(pod, (status) => status.phase === phase, `phase ${phase}`);
  }

  async logs(pod: PodRef, options: Partial<LogCall> & { readonly container?: string } = {}): Promise<string> {
    const { container = "app", ...rest } = options;
    const logCall = { ...call, follow: false, previous: false, timestamps: false, ...rest };
    const source = await this.provider.getContainerLogs({ pod, container }, logCall);
    return textOf(source);
  }

  async delete(pod: PodRef, gracePeriodSeconds = 0): Promise<void> {
    await until(async () => {
      await this.provider.deletePod(pod, { ...call, gracePeriodSeconds });
      return (await this.provider.getPod(pod, call)) === undefined;
    }, "the pod to be gone");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.provider[Symbol.asyncDispose]?.();
  }
}

let pods = 0;

/** A pod with one container that runs a shell script. */
export function shell(script: string, spec: Partial<PodSpec> = {}, container: Partial<Container> = {}): Pod {
  const uid = `uid-${process.pid}-${++pods}`;
  const containers = [{ name: "app", command: ["sh", "-c", script], ...container }];
  return {
    metadata: { namespace: "default", name: `pod-${pods}`, uid },
    spec: { restartPolicy: "Never", containers, ...spec },
  };
}

export async function textOf(source: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Waits until something is so; says what it waited for when that takes too long. */
export async function until(is: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  for (const end = Date.now() + 15_000; !(await is()); await sleep(5)) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${typeof what === "string" ? what : what()}`);
  }
}

export function isGone(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return true;
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
