import type { Deployment, ReplicaSet } from "@virtual-kubelet/kubernetes";
import { type Revisions, annotatedSize } from "./revisions.ts";
import type { ScaleStep } from "./rollout.ts";
import { isRolling, replicasOf, rolloutBounds, sumOf } from "./rollout-bounds.ts";

/**
 * Brings a Deployment to its size while it is paused or between two templates: each ReplicaSet keeps its share, so that a bad new template
 * gets no more weight by scaling (controller-manager, `deployment` `scale`). A step may only renew the size that a ReplicaSet is annotated with.
 */
export function proportionalScale(deployment: Deployment, { current, old }: Revisions): readonly ScaleStep[] {
  const wanted = replicasOf(deployment);
  const all = current ? [...old, current] : old;
  const sized = all.filter((one) => replicasOf(one) > 0);
  const only = sized.length > 1 ? undefined : (sized[0] ?? all.at(-1));
  if (only) return [{ replicaSet: only, replicas: wanted }];
  if (current && isSaturated(current, wanted)) {
    return sized.filter((one) => one !== current).map((replicaSet) => ({ replicaSet, replicas: 0 }));
  }
  return isRolling(deployment) ? shares(deployment, sized) : [];
}

function isSaturated(replicaSet: ReplicaSet, wanted: number): boolean {
  const full = replicasOf(replicaSet) === wanted && replicaSet.status?.availableReplicas === wanted;
  return full && annotatedSize(replicaSet).desired === wanted;
}

function shares(deployment: Deployment, sized: readonly ReplicaSet[]): readonly ScaleStep[] {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + rolloutBounds(deployment).maxSurge : 0;
  const toAdd = allowed - sumOf(sized, replicasOf);
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const replicaSet of bySize(sized, toAdd)) {
    const share = toAdd === 0 ? 0 : shareOf(replicaSet, wanted, allowed);
    const left = toAdd - added;
    const change = toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
    sizes.set(replicaSet, replicasOf(replicaSet) + change);
    added += change;
  }
  const largest = bySize(sized, toAdd)[0];
  if (largest) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return [...sizes].map(([replicaSet, replicas]) => ({ replicaSet, replicas }));
}

/** The largest first; among equals the newest when growing, the oldest when shrinking. */
function bySize(replicaSets: readonly ReplicaSet[], toAdd: number): readonly ReplicaSet[] {
  const inAge = toAdd > 0 ? replicaSets.toReversed() : replicaSets;
  return inAge.toSorted((a, b) => replicasOf(b) - replicasOf(a));
}

/** By how much a ReplicaSet changes if it keeps its share of the Deployment. */
function shareOf(replicaSet: ReplicaSet, wanted: number, allowed: number): number {
  const has = replicasOf(replicaSet);
  if (wanted === 0) return -has;
  const before = annotatedSize(replicaSet).maximum || allowed;
  return Math.round((has * allowed) / before) - has;
}
