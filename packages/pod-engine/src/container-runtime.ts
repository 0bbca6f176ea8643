import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { Call, Exit, Variable, WrittenFiles } from "@virtual-kubelet/provider";

/** Names one run of one container. The first run has attempt 0; each restart adds one. */
export interface InstanceRef {
  readonly podUid: string;
  readonly container: string;
  readonly attempt: number;
}

/** One run of a container, as the runtime knows it. Times are milliseconds since 1970. */
export interface ContainerInstance extends InstanceRef {
  /** As in `containerID`: `process://6f1c…`. */
  readonly id: string;
  /** What `ContainerStart.backoffMs` was. */
  readonly backoffMs: number;
  /** The image that it was started with, where the runtime keeps it: when the pod's is another one, it is replaced. */
  readonly image?: string;
  readonly startedAtMs: number;
  /** It has been asked to end, and will be killed at this time. */
  readonly stopByMs?: number;
  /** Absent: it runs. Present only when nothing of it is left and all of its output is kept. */
  readonly end?: InstanceEnd;
}

/** How a run ended. */
export interface InstanceEnd {
  readonly exit: Exit;
  readonly finishedAtMs: number;
  /** Kubelet's word for it, where the exit does not say enough: `StartError`. */
  readonly reason?: string;
  readonly message?: string;
}

/** What a container is started with. */
export interface ContainerStart extends InstanceRef {
  readonly pod: Pod;
  readonly spec: Container;
  /** Resolved for this start, in order. */
  readonly environment: readonly Variable[];
  /** How long the container is left alone if it ends again; the runtime keeps it with the instance. */
  readonly backoffMs: number;
}

export interface StopCall extends Call {
  /** How long it may take before it is killed, counted from this call; 0 kills at once. */
  readonly gracePeriodSeconds: number;
}

/** What the engine knows of a pod, kept by the runtime so that a new engine finds it. Times are milliseconds since 1970. */
export interface PodRecord {
  readonly pod: Pod;
  /** What `createPod` or `updatePod` was last given. */
  readonly revision: string;
  readonly acceptedAtMs: number;
  /** The pod is to end; the earliest end asked for so far. */
  readonly deletion?: { readonly requestedAtMs: number; readonly gracePeriodSeconds: number };
  /** The node has ended the pod, and why. */
  readonly failure?: { readonly atMs: number; readonly reason: string; readonly message: string };
}

/** What a runtime tells: everything it has, `synced`, and then every change of an instance. */
export type RuntimeEvent =
  | { readonly type: "pod"; readonly record: PodRecord }
  | { readonly type: "instance"; readonly instance: ContainerInstance }
  | { readonly type: "synced" };

/**
 * What the engine drives: something that can start and stop one container, and that outlives the engine. Failure is a
 * `ProviderError`. Calls about what is not there are harmless.
 */
export interface ContainerRuntime {
  /** Keeps or replaces what is known of a pod. It is there before the pod's first container starts. */
  keepPod(record: PodRecord, call: Call): Promise<void>;
  /**
   * Starts a container and resolves when that is settled. Repeating it for an instance gives the instance as it is and
   * starts nothing. A program that cannot be started is an instance that has ended. Rejects with `NotFound` when the pod is
   * not kept, and with `Conflict` while another instance of the container runs.
   */
  start(start: ContainerStart, call: Call): Promise<ContainerInstance>;
  /** Begins to end a run; a later call may only shorten the grace. */
  stop(instance: InstanceRef, call: StopCall): Promise<void>;
  /** Frees what is kept of a run that has ended. */
  forgetInstance(instance: InstanceRef, call: Call): Promise<void>;
  /** Frees what is kept of a pod whose runs have all ended. */
  forgetPod(podUid: string, call: Call): Promise<void>;
  /** Everything that is this node's, and then every change. Throws when the runtime is out of reach; the engine opens it again. */
  watch(call: Call): AsyncIterable<RuntimeEvent>;
  /** For a runtime that can read what containers have written: variables may come from there. */
  files?(pod: Pod): WrittenFiles;
}
