import { createRequire } from "node:module";
import {
  type AdmissionPolicy,
  type ClusterDns,
  type ApiServerForPods,
  type DisappearanceLimits,
  EventRecorder,
  NodeContext,
  type NodeContextOptions,
  NodeController,
  NodeHealth,
  type NodeIdentity,
  type OnStop,
  PodController,
  type ProviderDeadlines,
  type Term,
  fencedConnection,
  fencedProvider,
  type WhenUnreachable,
} from "@virtual-kubelet/controllers";
import { type Connection, KubernetesClient, type Taint } from "@virtual-kubelet/kubernetes";
import type { Logger, Provider, ProviderFactory } from "@virtual-kubelet/provider";
import { type HighAvailability, actInTerms } from "./act-in-terms.ts";
import { clusterId, clusterIdAnnotation } from "./cluster-id.ts";
import { stderrLogger } from "./stderr-logger.ts";
import { defaultConnection } from "./default-connection.ts";
import { hostAddress } from "./host-address.ts";
import { type KubeletApiSettings, openKubeletApi } from "./open-kubelet-api.ts";
import { openProvider } from "./open-provider.ts";

export interface VirtualNodeOptions extends AdmissionPolicy {
  /** The node's name in the cluster. */
  readonly name: string;
  /** Runs the pods. A function is handed the node's context: what a defined provider gives for its options. */
  readonly provider: Provider | ProviderFactory;
  /** The cluster, and who the node is there; by default as kubectl. `NodeConnection` gives it an identity of its own. */
  readonly connection?: Connection;
  /** By default warnings and errors go to stderr; `silentLogger` keeps silent. */
  readonly logger?: Logger;
  /** Tells this cluster from others that share the backend; by default the UID that Service default/kubernetes has when the node is first seen. */
  readonly clusterId?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** By default `virtual-kubelet.io/provider:NoSchedule`, so that only pods which ask for it come here; `[]` for none. */
  readonly taints?: readonly Taint[];
  /** What resolves names of the cluster for pods that want it (`dnsPolicy`); absent: they have what their place has, and an event says so. */
  readonly clusterDns?: ClusterDns;
  /** Where pods reach the API server, for those that run outside of the cluster's network; by default at the address of Service default/kubernetes. */
  readonly apiServerForPods?: ApiServerForPods;
  /** `false`: no kubelet API, and so neither logs nor exec. */
  readonly kubeletApi?: KubeletApiSettings | false;
  readonly deadlines?: ProviderDeadlines;
  /** What the node says while its backend is out of reach: `repel` if not said, or `not-ready`. */
  readonly whenUnreachable?: WhenUnreachable;
  /** What it says when it is stopped: nothing, `keep`, if not said, or that it is `not-ready`. */
  readonly onStop?: OnStop;
  /** The pause between two lists of a provider that cannot watch. Milliseconds; 5,000. */
  readonly pollMs?: number;
  /** How far apart two complete lists must be for what both lack to be lost. Milliseconds; 30,000. */
  readonly missedTwiceMs?: number;
  /** How much may be missing from one list of pods before it counts as faulty: more than 10 pods and more than half when absent. */
  readonly disappearance?: DisappearanceLimits;
  /**
   * This is one of several agents for the node, of which one acts and the others wait. All must be told the same. Absent: the
   * only one.
   */
  readonly highAvailability?: HighAvailability;
}

interface Acting {
  readonly connection: Connection;
  readonly signal: AbortSignal;
  /** For how long, where there are several agents. */
  readonly term?: Term;
  /** Filled in. */
  readonly parts: NodeParts;
}

/** The version of Kubernetes whose kubelet the node behaves as. */
const kubernetesVersion = "v1.36.0";

/** A node of a Kubernetes cluster whose pods a provider runs. */
export class VirtualNode {
  readonly #options: VirtualNodeOptions;
  readonly #logger: Logger;
  readonly #ready = Promise.withResolvers<void>();

  constructor(options: VirtualNodeOptions) {
    this.#options = options;
    this.#logger = options.logger ?? stderrLogger;
    // Nobody has to listen: `run` rejects with the same error.
    this.#ready.promise.catch(() => {});
  }

  /** Resolves when the cluster shows the node and all its pods are known; rejects when `run` ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Runs until aborted, whatever becomes of cluster and backend; pods go on running. Rejects when it cannot begin. */
  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const ending = new AbortController();
    try {
      await this.#run(signal ? AbortSignal.any([signal, ending.signal]) : ending.signal);
    } catch (error) {
      this.#ready.reject(error);
      if (!signal?.aborted) throw error;
    } finally {
      ending.abort();
      this.#ready.reject(new Error(`Node ${this.#options.name} was stopped before it was ready`));
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { name: nodeName, highAvailability } = this.#options;
    const connection = this.#options.connection ?? (await defaultConnection());
    let parts: NodeParts = {};
    if (!highAvailability) return this.#act({ connection, signal, parts });
    const nodeUid = () => parts.node?.node?.metadata.uid;
    const agent = { nodeName, nodeUid, connection, userAgent: userAgent(), logger: this.#logger, signal };
    return actInTerms({ ...agent, highAvailability }, (term, ending) => {
      parts = {};
      return this.#act({ connection: fencedConnection(connection, term), term, signal: ending, parts });
    });
  }

  /** All that an agent does for its node, for as long as it is the one that acts. */
  async #act({ connection, term, signal, parts }: Acting): Promise<void> {
    const { name: nodeName, deadlines, kubeletApi = {}, highAvailability } = this.#options;
    const logger = this.#logger;
    await using client = new KubernetesClient({ connection, userAgent: userAgent() });
    const health = new NodeHealth();
    const events = new EventRecorder({ client, nodeName, logger });
    const { clusterDns, apiServerForPods: apiServer } = this.#options;
    const cluster = this.#options.clusterId ?? (await clusterId(client, { nodeName, logger, signal }));
    const ofCluster = { clusterId: cluster, clusterDns, apiServer };
    await using context = contextOf(parts, { client, nodeName, logger, events, ...ofCluster });
    term?.throwIfOver();
    await using made = await openProvider(this.#options.provider, { context, deadlines, signal });
    const provider = term ? fencedProvider(made.provider, term) : made.provider;
    const common = { client, provider, health, logger, deadlines };
    const pods = new PodController({ ...common, ...this.#podOptions(parts), events: context, follower: context });
    parts.pods = pods;
    const version = ownVersion();
    const listening = { ...common, nodeName, version, pods, node: () => parts.node, connection, signal, clusterDns };
    await using api = await openKubeletApi(kubeletApi, listening);
    const renewsLease = highAvailability?.lease !== "node";
    const { whenUnreachable } = this.#options;
    // Another agent goes on where this one stops: the node is as ready as before.
    const onStop = highAvailability ? "keep" : this.#options.onStop;
    const identity = this.#identity(api.port, cluster);
    const node = new NodeController({ ...common, identity, whenUnreachable, onStop, renewsLease });
    parts.node = node;
    void Promise.all([node.registered, pods.synced]).then(() => this.#ready.resolve());
    await Promise.all([
      node.run({ signal }),
      pods.run({ signal }),
      events.run({ signal }),
      lookAgain({ node, pods, signal }),
    ]);
  }

  #podOptions(parts: NodeParts) {
    const { name: nodeName, pollMs, missedTwiceMs, disappearance, refusedPods, daemonSetPods } = this.#options;
    const node = () => parts.node?.node;
    return { nodeName, node, pollMs, missedTwiceMs, disappearance, refusedPods, daemonSetPods };
  }

  #identity(kubeletPort: number, cluster: string): NodeIdentity {
    const { name, labels, annotations, taints, kubeletApi } = this.#options;
    const { hostAddress: address = hostAddress(), extendWebSockets = true } =
      kubeletApi === false ? {} : (kubeletApi ?? {});
    return {
      name,
      labels,
      annotations: { ...annotations, [clusterIdAnnotation]: cluster },
      kubeletPort,
      version: `${kubernetesVersion}-vk.${ownVersion()}`,
      addresses: [{ type: "InternalIP", address }],
      taints: taints ?? [{ key: "virtual-kubelet.io/provider", effect: "NoSchedule" }],
      ...(kubeletApi !== false && extendWebSockets ? { declaredFeatures: ["ExtendWebSocketsToKubelet"] } : {}),
    };
  }
}

/** What is made one after the other, and reads from each other: the provider's context from the controllers, which are made with the provider. */
interface NodeParts {
  pods?: PodController;
  node?: NodeController;
}

function contextOf(parts: NodeParts, options: Omit<NodeContextOptions, "pod" | "allocatable">): NodeContext {
  return new NodeContext({
    ...options,
    pod: (uid) => parts.pods?.pod(uid),
    allocatable: () => parts.node?.node?.status?.allocatable ?? {},
  });
}

/** Pods that wait for room are looked at again when the node changes. */
async function lookAgain({
  node,
  pods,
  signal,
}: {
  readonly node: NodeController;
  readonly pods: PodController;
  readonly signal: AbortSignal;
}): Promise<void> {
  let wake = (): void => {};
  signal.addEventListener("abort", () => wake(), { once: true });
  while (!signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    void node.changed().then(resolve);
    await promise;
    pods.reconsider();
  }
}

function userAgent(): string {
  return `virtual-kubelet/${ownVersion()}`;
}

function ownVersion(): string {
  const manifest: { readonly version: string } = createRequire(import.meta.url)("../package.json");
  return manifest.version;
}
