import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { PodRef } from "@virtual-kubelet/provider";

/** The name and the UID of a pod. */
export function refOf(pod: Pod): PodRef {
  const { namespace, name, uid } = pod.metadata;
  return { namespace, name, uid };
}

/** Whether an init container is a native sidecar: it starts in order, and then runs beside the others. */
export function isSidecar(container: Pick<Container, "restartPolicy">): boolean {
  return container.restartPolicy === "Always";
}
