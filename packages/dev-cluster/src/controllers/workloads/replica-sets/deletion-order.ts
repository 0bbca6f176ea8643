import type { Pod } from "@virtual-kubelet/kubernetes";
import { isReady, readySince } from "../../pod-readiness.ts";

const phases = ["Pending", "Unknown", "Running"];

/** Pods with those first that are missed least (controller-manager, `ActivePodsWithRanks`): waiting, unready, cheap, and the newest. */
export function inDeletionOrder(pods: readonly Pod[]): readonly Pod[] {
  return pods.toSorted((a, b) => comparisons.map((compare) => compare(a, b)).find((order) => order !== 0) ?? 0);
}

const comparisons: readonly ((a: Pod, b: Pod) => number)[] = [
  by((pod) => (pod.spec.nodeName ? 1 : 0)),
  by((pod) => phases.indexOf(pod.status?.phase ?? "Pending")),
  by((pod) => (isReady(pod) ? 1 : 0)),
  by((pod) => Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0),
  by((pod) => -(readySince(pod) ?? 0)),
  by((pod) => -restarts(pod)),
  by((pod) => -Date.parse(pod.metadata.creationTimestamp ?? "") || 0),
];

function by(value: (pod: Pod) => number): (a: Pod, b: Pod) => number {
  return (a, b) => value(a) - value(b);
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}
