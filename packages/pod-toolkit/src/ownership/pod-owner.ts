import type { PodRef } from "@virtual-kubelet/provider";

/** Whose a pod in a backend is: several nodes, and several clusters, may share one. A provider's context has both. */
export interface PodOwner {
  readonly clusterId: string;
  readonly nodeName: string;
}

/** What a backend keeps with a pod, so that it is known again after a restart of the agent. */
export interface OwnerTags {
  readonly owner: PodOwner;
  readonly pod: PodRef;
  /** What `createPod` or `updatePod` was last given. */
  readonly revision?: string;
}
