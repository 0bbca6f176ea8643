import type { Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import type { ByteDuplex, ByteSource } from "./byte-streams.ts";
import type {
  AdoptCall,
  AttachCall,
  Call,
  CreateCall,
  DeleteCall,
  ExecCall,
  LogCall,
  PortCall,
  UpdateCall,
} from "./calls.ts";
import type { ContainerProcess } from "./container-process.ts";
import type { NodeDescription } from "./node-description.ts";
import type { PodFeatures } from "./pod-features.ts";
import type { StatsSummary } from "./stats-summary.ts";

/** A value, or a promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Names one pod. The UID is its identity; a pod of the same name and another UID is another pod. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Names one container (regular, init or ephemeral) of one pod. */
export interface ContainerRef {
  readonly pod: PodRef;
  readonly container: string;
}

/** What the backend knows of a pod. */
export interface PodState extends PodRef {
  /**
   * Phase, container statuses and addresses; conditions and QoS class are the node's, but for `DisruptionTarget`, which says that the pod had
   * to go for no fault of its own. Absent: it is there, ask `getPod` for more.
   */
  readonly status?: PodStatus;
  /** What `createPod` or `updatePod` was last given; it survives a restart of the agent in the backend's tags. */
  readonly revision?: string;
  /** The provider's own annotations, merged into the pod's. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What `watchPods` yields. `synced` says that everything that is there has been reported; before it, absence means nothing. */
export type PodEvent =
  | { readonly type: "state"; readonly pod: PodState }
  | { readonly type: "gone"; readonly pod: PodRef }
  | { readonly type: "synced" };

/**
 * Runs pods somewhere. Four methods make a provider; each optional one adds a feature, and a method that is absent is a
 * feature that is absent: the node says so to whoever asks for it.
 *
 * Changes (`create`, `update`, `adopt`, `delete`, `release`) of one UID never overlap; reads and streams run beside them.
 * Every call has a deadline on its `signal`; expiry means that the outcome is unknown, not that it failed. Failure is a
 * `ProviderError`; any other error counts as `Unavailable` and is tried again.
 */
export interface Provider extends Partial<AsyncDisposable> {
  /**
   * Starts a pod. Resolves when the backend has accepted it, not when it runs. Repeating it for a UID is harmless.
   * After a restart of the agent it is called again only when the backend lacks the pod and the cluster has never seen a
   * container of it start.
   */
  createPod(pod: Pod, call: CreateCall): Awaitable<void>;
  /**
   * Begins to stop a pod within `gracePeriodSeconds`; the end is seen as state. A pod that is gone is no error. Called
   * again until the pod is gone, with a grace of 0 when the grace has passed; `NotFound` says that it is.
   */
  deletePod(pod: PodRef, call: DeleteCall): Awaitable<void>;
  /** The pod as it runs; `undefined` if the backend has none of this UID. */
  getPod(pod: PodRef, call: Call): Awaitable<PodState | undefined>;
  /** All pods that are this node's, or it throws: never a part of them. Called now and then beside a watch too, to repair what that lost. */
  getPods(call: Call): AsyncIterable<PodState> | Awaitable<Iterable<PodState>>;

  /** Applies a change of a running pod. Absent: the node says in an event that the change needs a new pod. */
  updatePod?(pod: Pod, call: UpdateCall): Awaitable<void>;
  /** Takes over a pod that runs already: once per live pod after a restart of the agent, before any other change of it. */
  adoptPod?(pod: Pod, call: AdoptCall): Awaitable<void>;
  /** The cluster has the pod's terminal status: stop paying for it. Its logs stay until `deletePod`. */
  releasePod?(pod: PodRef, call: Call): Awaitable<void>;
  /** Yields every change of state, starting with what is there. May end; the node opens it again. Absent: the node polls `getPods`. */
  watchPods?(call: Call): AsyncIterable<PodEvent>;

  /** A container's output. The provider applies the whole `LogCall`; ended containers answer; a missing previous run is `NotFound`. */
  getContainerLogs?(container: ContainerRef, call: LogCall): Awaitable<ByteSource>;
  /** Runs a command in a running container. Aborting the call kills the command. */
  exec?(container: ContainerRef, call: ExecCall): Awaitable<ContainerProcess>;
  /**
   * Connects to a container's own process: what it writes from now on, and its stdin where the container has one. Aborting the
   * call detaches and leaves the process alone; `wait` settles when the process has ended.
   */
  attach?(container: ContainerRef, call: AttachCall): Awaitable<ContainerProcess>;
  /** A connection to a port of the pod itself, never of another host. One that nobody listens to is `Unavailable`. */
  forwardPort?(pod: PodRef, call: PortCall): Awaitable<ByteDuplex>;

  /** Feeds `/stats/summary` and, computed from it, `/metrics/resource`. */
  getStats?(call: Call): Awaitable<StatsSummary>;
  /** The provider's part of the node object: capacity, addresses, system, labels, taints, conditions. */
  describeNode?(call: Call): Awaitable<NodeDescription>;
  /** Yields the node's description after each change. */
  watchNode?(call: Call): AsyncIterable<NodeDescription>;
  /** Which parts of a pod it can honour. Absent: all are handed over without a check. */
  readonly features?: PodFeatures;
  /** Whether it records kubelet's events of containers itself, by `recordEvent`; absent: the node derives them from the states that it reports. */
  readonly recordsEvents?: boolean;
  /** Whether the backend tells pods apart by namespace and name alone: a pod is then created only when its namesake of another UID is gone. */
  readonly oneLifePerName?: boolean;
  /** Rejects when the backend is out of reach. */
  ping?(call: Call): Awaitable<void>;
}
