import type { Pod } from "@virtual-kubelet/kubernetes";

/** The pods that the cluster has given to this node. The server answers for these and no others. */
export interface PodSource {
  pods(): Iterable<Pod>;
  /** The pod of that name; with a `uid`, only if it is that very pod. */
  find(name: { readonly namespace: string; readonly name: string; readonly uid?: string }): Pod | undefined;
}
