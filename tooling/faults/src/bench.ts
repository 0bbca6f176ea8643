import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type DevCluster, startDevCluster } from "@virtual-kubelet/dev-cluster";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import {
  type Connection,
  type Draft,
  KubernetesClient,
  ObjectWatch,
  type Pod,
  isKubernetesError,
  resources,
} from "@virtual-kubelet/kubernetes";
import { type Provider, type ProviderContext, silentLogger } from "@virtual-kubelet/provider";
import { VirtualNode, type VirtualNodeOptions } from "virtual-kubelet";
import { ApiProxy, type ApiProxyOptions } from "./api/api-proxy.ts";
import { BackendProcess } from "./backend/backend-process.ts";
import { type FaultOptions, faultProvider } from "./fault-provider.ts";
import { patienceMs, until } from "./until.ts";

export const nodeName = "edge";

/** Times in which a scenario can see what otherwise takes half a minute. */
const quick = { pollMs: 100, missedTwiceMs: 400 } as const;

export interface NodeOptions extends Partial<Omit<VirtualNodeOptions, "provider">> {
  readonly backend?: Partial<FaultOptions>;
  /** Stands between the node and its provider. */
  readonly around?: (provider: Provider) => Provider;
  /** `false`: it need not be ready yet. */
  readonly waits?: boolean;
}

/** A node of this process that can be stopped, and started again with nothing remembered. */
export interface BenchNode extends AsyncDisposable {
  readonly node: VirtualNode;
}

/** A cluster, the backend as a process of its own, and nodes between them. All of it ends with the bench. */
export class Bench implements AsyncDisposable {
  readonly #belongings: Belongings;
  readonly cluster: DevCluster;
  readonly client: KubernetesClient;
  readonly backend: BackendProcess;
  /** Where files of this bench may be. */
  readonly folder: string;

  private constructor(parts: Pick<Bench, "cluster" | "client" | "backend" | "folder">, belongings: Belongings) {
    this.#belongings = belongings;
    this.cluster = parts.cluster;
    this.client = parts.client;
    this.backend = parts.backend;
    this.folder = parts.folder;
  }

  static async open(): Promise<Bench> {
    await using belongings = new Belongings();
    const folder = mkdtempSync(join(tmpdir(), "virtual-kubelet-faults-"));
    belongings.defer(() => rmSync(folder, { recursive: true, force: true }));
    const cluster = belongings.use(await startDevCluster());
    const client = belongings.use(new KubernetesClient({ connection: cluster.connection() }));
    const backend = belongings.use(await BackendProcess.start({ log: join(folder, "work.log") }));
    return new Bench({ cluster, client, backend, folder }, belongings.move());
  }

  /** As the node is known to the cluster. */
  get identity(): Connection {
    return this.cluster.connection({ user: `system:node:${nodeName}`, groups: ["system:nodes"] });
  }

  /** Ends it with the bench, if nobody has before. */
  use<T extends AsyncDisposable>(thing: T): T {
    return this.#belongings.use(thing);
  }

  /** A proxy through which a node is itself to the cluster: `startNode({ connection: proxy.connection })`. */
  async startProxy(options: Pick<ApiProxyOptions, "certificate"> = {}): Promise<ApiProxy> {
    return this.use(await ApiProxy.start({ upstream: this.identity, ...options }));
  }

  /** Starts a node and waits until it is ready; without `waits: false` it is. */
  async startNode({
    backend,
    around = (provider) => provider,
    waits = true,
    ...options
  }: NodeOptions = {}): Promise<BenchNode> {
    const ending = new AbortController();
    const { url } = this.backend;
    const node = new VirtualNode({
      name: nodeName,
      connection: this.identity,
      kubeletApi: false,
      taints: [],
      logger: silentLogger,
      ...quick,
      ...options,
      provider: (context: ProviderContext) => around(faultProvider({ url, ...backend }, context)),
    });
    const running = node.run({ signal: ending.signal });
    if (waits) await Promise.race([node.ready, running]);
    return this.use({
      node,
      async [Symbol.asyncDispose]() {
        ending.abort();
        await running;
      },
    });
  }

  /** Creates a pod of this node's. `behaviour` is the backend's: `{ runMs: 500, exitCode: 3 }`. */
  async createPod(name: string, behaviour: Readonly<Record<string, number>> = {}): Promise<Pod> {
    return this.client.create(resources.pods, podOf(name, behaviour));
  }

  async deletePod(name: string, options: { readonly gracePeriodSeconds?: number } = {}): Promise<void> {
    await this.client.delete(resources.pods, { namespace: "default", name }, options);
  }

  async pod(name: string): Promise<Pod | undefined> {
    try {
      return await this.client.get(resources.pods, { namespace: "default", name });
    } catch (error) {
      if (isKubernetesError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async pods(): Promise<readonly Pod[]> {
    return (await this.client.list(resources.pods, { namespace: "default" })).items;
  }

  async untilPhase(name: string, phase: string, timeoutMs = patienceMs): Promise<Pod> {
    return until(
      async () => {
        const pod = await this.pod(name);
        return pod?.status?.phase === phase ? pod : undefined;
      },
      { what: `pod ${name} to be ${phase}`, timeoutMs },
    );
  }

  async untilGone(name: string, timeoutMs = patienceMs): Promise<void> {
    await until(async () => (await this.pod(name)) === undefined, { what: `pod ${name} to be gone`, timeoutMs });
  }

  /** Lets a fault last. */
  async outage(ms: number): Promise<void> {
    await sleep(ms);
  }

  /** Makes the node list the backend's pods at once: the watch, which told of everything, is opened anew. */
  async relist(): Promise<void> {
    await this.backend.endWatches();
  }

  /** Counts, from now on, the versions of a pod that the cluster shows. */
  countVersions(name: string): Disposable & { readonly count: number } {
    const ending = new AbortController();
    const versions = new Set<string | undefined>();
    const watch = new ObjectWatch({
      client: this.client,
      resource: resources.pods,
      namespace: "default",
      fieldSelector: `metadata.name=${name}`,
    });
    const follow = async (): Promise<void> => {
      for await (const change of watch.run({ signal: ending.signal }))
        if (change.type === "set") versions.add(change.object.metadata.resourceVersion);
    };
    void follow();
    return {
      get count() {
        return Math.max(0, versions.size - 1);
      },
      [Symbol.dispose]: () => ending.abort(),
    };
  }

  /** Whether the backend runs exactly the pods that the cluster has and that have not ended, by UID, and started none twice. */
  async differences(): Promise<readonly string[]> {
    const pods = await this.pods();
    const wanted = new Map(
      pods
        .filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed")
        .map(({ metadata: { uid, name } }) => [uid, name]),
    );
    const { live, doubled } = this.backend;
    const lacking = [...wanted].filter(([uid]) => !live.has(uid)).map(([, name]) => `${name} does not run`);
    const leaked = [...live].filter((uid) => !wanted.has(uid)).map((uid) => `${uid} runs and should not`);
    return [...lacking, ...leaked, ...doubled];
  }

  async untilTrue(timeoutMs = patienceMs): Promise<void> {
    await until(async () => (await this.differences()).length === 0, {
      what: "cluster and backend to have the same pods",
      timeoutMs,
      otherwise: async () => (await this.differences()).join("; "),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#belongings[Symbol.asyncDispose]();
  }
}

export function podOf(name: string, behaviour: Readonly<Record<string, number>> = {}): Draft<Pod> {
  const annotations = Object.fromEntries(
    Object.entries(behaviour).map(([key, value]) => [`backend/${key}`, String(value)]),
  );
  return {
    metadata: { namespace: "default", name, annotations },
    spec: { nodeName, restartPolicy: "Never", containers: [{ name: "main", image: "app" }] },
  };
}
