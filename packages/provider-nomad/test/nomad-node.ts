import { setTimeout as sleep } from "node:timers/promises";
import type { Container, Pod, PodSpec, PodStatus } from "@virtual-kubelet/kubernetes";
import {
  type ExecCall,
  type LogCall,
  type PodEventRecord,
  type PodRef,
  type PodState,
  type Provider,
  type ProviderContext,
  type Variable,
} from "@virtual-kubelet/provider";
import { lendingContext } from "@virtual-kubelet/provider-testkit";
import { type NomadOptions, provider } from "../src/index.ts";

export const call: { readonly signal: AbortSignal } = { signal: new AbortController().signal };

type NomadProvider = Required<
  Pick<
    Provider,
    | "adoptPod"
    | "releasePod"
    | "watchPods"
    | "exec"
    | "forwardPort"
    | "getStats"
    | "getContainerLogs"
    | "describeNode"
    | "watchNode"
    | "ping"
    | typeof Symbol.asyncDispose
  >
> &
  Provider;

export interface NodeOptions extends NomadOptions {
  readonly nodeName?: string;
  readonly variables?: readonly Variable[];
  /** What the context lends beside that. */
  readonly context?: Partial<ProviderContext>;
}

/** One provider as a node would use it: it is watched from the start, and knows the pods that it was given. */
export class NomadNode implements AsyncDisposable {
  readonly provider: NomadProvider;
  readonly events: PodEventRecord[] = [];
  /** Why watches have ended. */
  readonly failures: unknown[] = [];
  readonly #pods = new Map<string, Pod>();
  readonly #seen = new Map<string, PodState>();
  readonly #gone = new Set<string>();
  readonly #end = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  private constructor(made: Provider) {
    this.provider = made as NomadProvider;
  }

  static async start(options: NodeOptions): Promise<NomadNode> {
    const { nodeName = "node", variables = [], context: lent = {}, ...rest } = options;
    const made: { node?: NomadNode } = {};
    const context = lendingContext({
      nodeName,
      clusterId: `cluster-${process.pid}`,
      pod: ({ uid }) => made.node?.podOf(uid),
      resolver: (_pod, own) => own,
      pullCredentials: async () => undefined,
      environment: async () => variables,
      recordEvent: (_pod, event) => void made.node?.events.push(event),
      ...lent,
    });
    const node = new NomadNode(await provider({ driver: "raw_exec", ...rest })(context));
    made.node = node;
    node.#watch();
    return node;
  }

  podOf(uid: string): Pod | undefined {
    return this.#pods.get(uid);
  }

  /** As after a restart: the pod is in the cluster, and was not created by this one. */
  knows(pod: Pod): void {
    this.#pods.set(pod.metadata.uid, pod);
  }

  async create(pod: Pod, revision = "v1:a"): Promise<PodRef> {
    const { namespace, name, uid } = pod.metadata;
    this.#pods.set(uid, pod);
    await this.provider.createPod(pod, { ...call, revision });
    return { namespace, name, uid };
  }

  /** What the watch has said last. */
  seen({ uid }: PodRef): PodState | undefined {
    return this.#seen.get(uid);
  }

  isGone({ uid }: PodRef): boolean {
    return this.#gone.has(uid);
  }

  async waitFor(pod: PodRef, is: (status: PodStatus) => boolean, what: string): Promise<PodStatus> {
    const found = (): PodStatus | undefined => this.seen(pod)?.status;
    await until(
      () => {
        const status = found();
        return status !== undefined && is(status);
      },
      () => `${what}; the status is ${JSON.stringify(found())}`,
    );
    return found() as PodStatus;
  }

  async waitForPhase(pod: PodRef, phase: string): Promise<PodStatus> {
    return this.waitFor(pod, (status) => status.phase === phase, `phase ${phase}`);
  }

  async logs(pod: PodRef, options: Partial<LogCall> & { readonly container?: string } = {}): Promise<string> {
    const { container = "app", ...rest } = options;
    const logCall = { ...call, follow: false, previous: false, timestamps: false, ...rest };
    return textOf(await this.provider.getContainerLogs({ pod, container }, logCall));
  }

  async exec(
    pod: PodRef,
    command: ExecCall["command"],
    options: Partial<ExecCall> = {},
  ): Promise<Awaited<ReturnType<NomadProvider["exec"]>>> {
    const wanted = { tty: false, stdin: false, stdout: true, stderr: true, ...options };
    return this.provider.exec({ pod, container: "app" }, { ...call, command, ...wanted });
  }

  /** As the node does it: until it is gone. */
  async delete(pod: PodRef, gracePeriodSeconds = 0): Promise<void> {
    await this.provider.deletePod(pod, { ...call, gracePeriodSeconds });
    await until(
      () => this.#gone.has(pod.uid) || hasEnded(this.seen(pod)),
      () => `the end of ${pod.name}; the status is ${JSON.stringify(this.seen(pod)?.status)}`,
    );
    await this.provider.deletePod(pod, { ...call, gracePeriodSeconds: 0 });
    await until(() => this.#gone.has(pod.uid), "the pod to be gone");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { metadata } of this.#pods.values())
      if (this.#seen.has(metadata.uid) && !this.#gone.has(metadata.uid)) await this.delete(metadata);
    await this.leave();
  }

  /** As an agent that ends: its pods stay. */
  async leave(): Promise<void> {
    this.#pods.clear();
    this.#end.abort();
    await this.#watching;
    await this.provider[Symbol.asyncDispose]();
  }

  #watch(): void {
    const read = async (): Promise<void> => {
      while (!this.#end.signal.aborted) {
        try {
          for await (const event of this.provider.watchPods(this.#end)) {
            if (event.type === "state") this.#seen.set(event.pod.uid, event.pod);
            if (event.type === "gone") this.#gone.add(event.pod.uid);
          }
        } catch (error) {
          if (!this.#end.signal.aborted) this.failures.push(error);
          await sleep(100);
        }
      }
    };
    this.#watching = read();
  }
}

let pods = 0;

/** A pod with one container that runs a shell script. */
export function shell(script: string, spec: Partial<PodSpec> = {}, container: Partial<Container> = {}): Pod {
  const uid = `uid-${process.pid}-${++pods}`;
  const containers = [{ name: "app", command: ["/bin/sh", "-c", script], ...container }];
  return {
    metadata: { namespace: "default", name: `pod-${pods}`, uid },
    spec: { restartPolicy: "Never", terminationGracePeriodSeconds: 5, containers, ...spec },
  };
}

export async function textOf(source: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Waits until something is so; says what it waited for when that takes too long. */
export async function until(is: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  for (const end = Date.now() + 15_000; !(await is()); await sleep(10)) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${typeof what === "string" ? what : what()}`);
  }
}

function hasEnded(state: PodState | undefined): boolean {
  return state?.status?.phase === "Succeeded" || state?.status?.phase === "Failed";
}
