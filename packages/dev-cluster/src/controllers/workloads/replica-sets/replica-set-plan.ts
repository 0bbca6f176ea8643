import { type Pod, type ReplicaSet, type ReplicaSetStatus, selects } from "@virtual-kubelet/kubernetes";
import { isActive, isReady, isTerminating, readySince } from "../../pod-readiness.ts";
import { burst } from "../pod-from-template.ts";
import { inDeletionOrder } from "./deletion-order.ts";

/** How many pods to create, and which to delete. */
export interface ReplicaSetPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
}

export function replicaSetPlan(replicaSet: ReplicaSet, ownPods: readonly Pod[]): ReplicaSetPlan {
  if (replicaSet.metadata.deletionTimestamp !== undefined) return { create: 0, remove: [] };
  const active = ownPods.filter(isActive);
  const surplus = active.length - (replicaSet.spec.replicas ?? 1);
  return {
    create: Math.min(burst, Math.max(0, -surplus)),
    // Mostly nobody has to go, and then their order is of no interest: there may be thousands.
    remove: surplus > 0 ? inDeletionOrder(active).slice(0, surplus) : [],
  };
}

/** The status by the pods that are there, and when it changes by time alone: once a ready pod has been so for `minReadySeconds`. */
export function replicaSetStatus(
  replicaSet: ReplicaSet,
  ownPods: readonly Pod[],
  nowMs: number,
): { readonly status: ReplicaSetStatus; readonly recheckMs: number | undefined } {
  const active = ownPods.filter(isActive);
  const minReadyMs = (replicaSet.spec.minReadySeconds ?? 0) * 1000;
  const waits = active.filter(isReady).map((pod) => (readySince(pod) ?? 0) + minReadyMs - nowMs);
  const pending = minReadyMs === 0 ? [] : waits.filter((ms) => ms > 0);
  const templateLabels = { matchLabels: replicaSet.spec.template?.metadata?.labels ?? {} };
  return {
    status: {
      ...replicaSet.status,
      replicas: active.length,
      fullyLabeledReplicas: active.filter((pod) => selects(templateLabels, pod.metadata.labels)).length,
      readyReplicas: waits.length,
      availableReplicas: waits.length - pending.length,
      terminatingReplicas: ownPods.filter(isTerminating).length,
      observedGeneration: replicaSet.metadata.generation ?? 0,
    },
    recheckMs: pending.length === 0 ? undefined : Math.min(...pending),
  };
}
