import { type PodRef, ProviderError } from "@virtual-kubelet/provider";

export function podGone({ namespace, name, uid }: PodRef): ProviderError {
  return new ProviderError(
    "NotFound",
    `The cluster has no pod ${namespace}/${name} of UID ${uid} on this node any more`,
  );
}
