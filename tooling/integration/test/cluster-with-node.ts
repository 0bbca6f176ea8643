import { Belongings } from "../src/belongings.ts";
import { type DevCluster, startDevCluster } from "@virtual-kubelet/dev-cluster";
import {
  type Draft,
  KubernetesClient,
  type Pod,
  type PodSpec,
  isKubernetesError,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { Logger, Provider } from "@virtual-kubelet/provider";
import { MockBackend, mockProvider } from "@virtual-kubelet/provider-mock";
import { VirtualNode, type VirtualNodeOptions } from "virtual-kubelet";
import { expect, vi } from "vitest";

export const nodeName = "edge";

/** Times in which a test can see what otherwise takes half a minute. */
const quick = { pollMs: 50, missedTwiceMs: 200 };

/** Keeps what was logged. */
export class LogLines {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: Record<string, unknown> }[] = [];
  readonly logger: Logger;

  constructor() {
    const log = (level: string) => (fields: object | string, message?: string) => {
      this.lines.push({
        level,
        message: typeof fields === "string" ? fields : (message ?? ""),
        fields: { ...(fields as object) },
      });
    };
    this.logger = {
      debug: log("debug"),
      info: log("info"),
      warn: log("warn"),
      error: log("error"),
      child: () => this.logger,
    };
  }

  has(text: string): boolean {
    return this.lines.some(({ message, fields }) =>
      `${message} ${String((fields["err"] as Error | undefined)?.message)}`.includes(text),
    );
  }
}

export interface RunningNode extends AsyncDisposable {
  readonly node: VirtualNode;
  readonly log: LogLines;
}

/** Starts a node on the cluster and waits until it is ready. */
export async function startNode(
  cluster: DevCluster,
  options: Partial<VirtualNodeOptions> & Pick<VirtualNodeOptions, "provider">,
): Promise<RunningNode> {
  const log = new LogLines();
  const ending = new AbortController();
  const node = new VirtualNode({
    name: nodeName,
    connection: cluster.connection({ user: `system:node:${nodeName}`, groups: ["system:nodes"] }),
    kubeletApi: { address: "127.0.0.1", port: 0, hostAddress: "127.0.0.1" },
    taints: [],
    logger: log.logger,
    ...quick,
    ...options,
  });
  const running = node.run({ signal: ending.signal });
  await Promise.race([node.ready, running]);
  return {
    node,
    log,
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
    },
  };
}

export interface ClusterWithNode extends AsyncDisposable {
  readonly cluster: DevCluster;
  readonly client: KubernetesClient;
  readonly backend: MockBackend;
  readonly log: LogLines;
  /** As after a crash, but tidier: the backend stays, nothing else is remembered. */
  readonly restartNode: () => Promise<void>;
  /** The same, and something happens while the node is down. */
  readonly restartNodeAfter: (happening: () => Promise<void>) => Promise<void>;
}

/** A cluster with a node on the mock, or on a provider made from it: `{ provider: (mock) => ({ ...mock, createPod }) }`. */
export async function clusterWithNode(
  options: Partial<Omit<VirtualNodeOptions, "provider">> & {
    readonly provider?: (mock: Provider, backend: MockBackend) => Provider;
    readonly stopDelayMs?: number;
  } = {},
): Promise<ClusterWithNode> {
  const { provider = (mock: Provider) => mock, stopDelayMs = 0, ...rest } = options;
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const backend = new MockBackend();
  const start = () => startNode(cluster, { ...rest, provider: provider(mockOf(backend, { stopDelayMs }), backend) });
  let node = await start();
  stack.defer(() => node[Symbol.asyncDispose]());
  const restartNodeAfter = async (happening: () => Promise<void>): Promise<void> => {
    await node[Symbol.asyncDispose]();
    await happening();
    node = await start();
  };
  const restartNode = () => restartNodeAfter(async () => {});
  const { log } = node;
  const owned = stack.move();
  return {
    cluster,
    client,
    backend,
    log,
    restartNode,
    restartNodeAfter,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

export function mockOf(
  backend: MockBackend,
  delays: { readonly startDelayMs?: number; readonly stopDelayMs?: number } = {},
): Provider {
  return mockProvider(backend, {
    capacity: { cpu: "64", memory: "256Gi", pods: "1000" },
    startDelayMs: 0,
    stopDelayMs: 0,
    ...delays,
  });
}

/** The same provider for one that cannot watch, and so is polled. */
export function withoutWatch(provider: Provider): Provider {
  return Object.fromEntries(Object.entries(provider).filter(([verb]) => verb !== "watchPods")) as unknown as Provider;
}

export function podManifest(name: string, spec: Partial<PodSpec> = {}): Draft<Pod> {
  return {
    metadata: { namespace: "default", name },
    spec: { containers: [{ name: "main", image: "app:1", command: ["run"] }], ...spec },
  };
}

export async function findPod(client: KubernetesClient, name: string): Promise<Pod | undefined> {
  try {
    return await client.get(resources.pods, { namespace: "default", name });
  } catch (error) {
    if (isKubernetesError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Waits until what it says holds. */
export async function eventually(check: () => unknown, timeoutMs = 5_000): Promise<void> {
  await vi.waitFor(check, { timeout: timeoutMs, interval: 10 });
}

export async function untilPhase(client: KubernetesClient, name: string, phase: string): Promise<Pod> {
  await eventually(async () => expect((await findPod(client, name))?.status?.phase).toBe(phase));
  return (await findPod(client, name))!;
}

export async function untilGone(client: KubernetesClient, name: string): Promise<void> {
  await eventually(async () => expect(await findPod(client, name)).toBeUndefined());
}

/** The reasons of the events on an object. */
export async function eventsOf(
  client: KubernetesClient,
  name: string,
): Promise<readonly { reason?: string; message?: string }[]> {
  const { items } = await client.list(resources.events, { fieldSelector: `involvedObject.name=${name}` });
  return items.map(({ reason, message }) => ({ ...(reason ? { reason } : {}), ...(message ? { message } : {}) }));
}
