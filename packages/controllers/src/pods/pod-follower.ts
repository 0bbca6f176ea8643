import type { Call, PodRef } from "@virtual-kubelet/provider";

/** Who follows what pods refer to: is told of the pods, and tells of what has changed. */
export interface PodFollower {
  /** Resolves once something that the pod refers to has changed, or may have. */
  referencesChanged(pod: PodRef, call: Call): Promise<void>;
  /** There is a new version of the pod. */
  podChanged(uid: string): void;
  /** The pod is gone, or has ended for good. */
  forget(uid: string): void;
}
