import type { ContainerEnd } from "./container-status.ts";

/** How a container ended, as far as the backend tells. */
export interface BackendEnd extends Omit<ContainerEnd, "exitCode"> {
  /** Absent: 128 and the signal, 9 for want of memory; without a signal, nobody knows, and it is `ContainerStatusUnknown`. */
  readonly exitCode?: number;
  /** It was killed for want of memory: the reason is `OOMKilled`. */
  readonly isOutOfMemory?: boolean;
}

/** What a backend says of a container now. */
export type BackendState =
  /** Without a reason: `PodInitializing` in a pod that has init containers, `ContainerCreating` in another. */
  | { readonly waiting: { readonly reason?: string; readonly message?: string } }
  /** `startedAt` is RFC 3339. Without a readiness probe it is ready. */
  | { readonly running: { readonly startedAt: string; readonly ready?: boolean; readonly started?: boolean } }
  | { readonly terminated: BackendEnd }
  /** The backend cannot tell, a lost host say: what was known before still stands. */
  | { readonly unknown: { readonly message?: string } };

/** One container of a pod, in a backend's words made plain. */
export interface BackendContainer {
  readonly name: string;
  readonly kind: "init" | "sidecar" | "regular" | "ephemeral";
  readonly image: string;
  readonly imageID?: string;
  /** Absent: made of the pod's `id`, the name, and how often it was started again. */
  readonly containerID?: string;
  /** How often it was started again. Absent: counted by the ends and starts that are seen. */
  readonly restartCount?: number;
  readonly state: BackendState;
  /** How the run before this one ended. Absent: what was seen of it. */
  readonly last?: BackendEnd;
}

/** A pod, in a backend's words made plain. Times are RFC 3339, addresses IPv4 or IPv6. */
export interface BackendPod {
  /** What the backend calls it, after the backend's own name: `nomad://5a1c…`. Container ids are made of it. */
  readonly id?: string;
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  /** All containers of the pod, in its order. */
  readonly containers: readonly BackendContainer[];
  readonly startedAt?: string;
  readonly podIPs?: readonly string[];
  readonly hostIPs?: readonly string[];
  /** Nothing will be started again, whatever the policy says: the pod is over, or its place is gone. */
  readonly isEnded?: boolean;
  readonly reason?: string;
  readonly message?: string;
  /** The pod had to go for no fault of its own, and what for: becomes the condition `DisruptionTarget`. */
  readonly disruption?: { readonly reason: string; readonly message: string };
}
