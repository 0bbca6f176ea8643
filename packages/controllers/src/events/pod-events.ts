import type { PodEventRecord, PodRef } from "@virtual-kubelet/provider";

/** Where what happens to pods is said. */
export interface PodEvents {
  recordEvent(pod: PodRef, event: PodEventRecord): void;
}
