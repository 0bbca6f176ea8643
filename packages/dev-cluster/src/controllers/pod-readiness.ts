import type { Pod, PodCondition } from "@virtual-kubelet/kubernetes";
import { timestamp } from "../storage/deletion.ts";

/** Whether a pod has ended, well or badly. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Whether a pod counts as a replica: it has not ended and is not being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Whether a pod is being deleted and has not ended yet. */
export function isTerminating(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Since when a pod is ready, in milliseconds; undefined when it is not. */
export function readySince(pod: Pod): number | undefined {
  const ready = podCondition(pod, "Ready");
  return ready?.status === "True" ? Date.parse(ready.lastTransitionTime ?? "") || 0 : undefined;
}

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** The pod with this condition; the time of transition changes only with the status. */
export function withPodCondition(pod: Pod, condition: PodCondition): Pod {
  const before = podCondition(pod, condition.type);
  const moved = before?.status === condition.status ? before.lastTransitionTime : undefined;
  const next = { ...condition, lastTransitionTime: moved ?? timestamp(new Date()) };
  const conditions = pod.status?.conditions ?? [];
  const replaced = conditions.map((one) => (one.type === condition.type ? next : one));
  return { ...pod, status: { ...pod.status, conditions: before ? replaced : [...conditions, next] } };
}
