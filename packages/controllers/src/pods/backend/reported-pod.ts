import { type PodRef, type PodState, ProviderError } from "@virtual-kubelet/provider";

/**
 * What a provider reports of a pod. A provider is written by others, and may be plain JavaScript: what has no name is no pod,
 * and a revision or annotations that are none count as absent.
 */
export function reportedPod(state: PodState, verb: string): PodState {
  const { revision, annotations, ...pod } = namedPod(state, verb);
  return {
    ...pod,
    ...(typeof revision === "string" ? { revision } : {}),
    ...(typeof annotations === "object" && annotations !== null ? { annotations } : {}),
  };
}

/** Throws when it has not all that names a pod. */
export function namedPod<T extends PodRef>(pod: T, verb: string): T {
  const isPod = [pod?.uid, pod?.namespace, pod?.name].every((part) => typeof part === "string" && part !== "");
  if (isPod) return pod;
  throw new ProviderError(
    "Unavailable",
    `The provider's ${verb} gave a pod without uid, namespace or name: ${textOf(pod).slice(0, 200)}`,
  );
}

function textOf(pod: unknown): string {
  try {
    return JSON.stringify(pod) ?? String(pod);
  } catch {
    return String(pod);
  }
}
