import type { Deployment, ReplicaSet } from "@virtual-kubelet/kubernetes";
import { proportionalScale } from "./proportional-scale.ts";
import { type Revisions, annotatedSize } from "./revisions.ts";
import { isRolling, replicasOf, rolloutBounds, sumOf } from "./rollout-bounds.ts";

/** Give a ReplicaSet this many replicas. */
export interface ScaleStep {
  readonly replicaSet: ReplicaSet;
  readonly replicas: number;
}

export interface RolloutState extends Revisions {
  /** Whether pods of old ReplicaSets have not ended yet: a `Recreate` waits for that. */
  readonly oldPodsRun: boolean;
}

/** Whether the ReplicaSet of the current template may be created now. */
export function mayCreate(deployment: Deployment, { old, oldPodsRun }: RolloutState): boolean {
  if (deployment.spec.paused) return false;
  return isRolling(deployment) || (!oldPodsRun && old.every((one) => one.spec.replicas === 0));
}

/**
 * The next steps of a Deployment, none when it is where it should be or has to wait. A change of its size comes before its rollout
 * (controller-manager, `deployment`).
 */
export function rolloutOf(deployment: Deployment, state: RolloutState): readonly ScaleStep[] {
  const all = allOf(state);
  const resized = all.some((one) => isSized(one) && annotatedSize(one).desired !== replicasOf(deployment));
  if (deployment.spec.paused || resized) return proportionalScale(deployment, state);
  return isRolling(deployment) ? roll(deployment, state) : recreate(deployment, state);
}

export function allOf({ current, old }: Revisions): readonly ReplicaSet[] {
  return current ? [...old, current] : old;
}

function isSized(replicaSet: ReplicaSet): boolean {
  return replicasOf(replicaSet) > 0;
}

function recreate(deployment: Deployment, { current, old, oldPodsRun }: RolloutState): readonly ScaleStep[] {
  const down = old.filter(isSized).map((replicaSet) => ({ replicaSet, replicas: 0 }));
  if (down.length > 0 || oldPodsRun) return down;
  return current ? resize(current, replicasOf(deployment)) : [];
}

function roll(deployment: Deployment, state: RolloutState): readonly ScaleStep[] {
  const { current, old } = state;
  const wanted = replicasOf(deployment);
  if (!current) return [];
  const has = replicasOf(current);
  const room = Math.max(0, wanted + rolloutBounds(deployment).maxSurge - sumOf(allOf(state), replicasOf));
  const step = has > wanted ? resize(current, wanted) : resize(current, Math.min(wanted, has + room));
  return step.length > 0 ? step : shrink(deployment, current, old);
}

function resize(replicaSet: ReplicaSet, replicas: number): readonly ScaleStep[] {
  return replicasOf(replicaSet) === replicas ? [] : [{ replicaSet, replicas }];
}

/** Takes from the old as much as availability allows: first what is not available anyway, then the oldest. */
function shrink(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): readonly ScaleStep[] {
  const least = replicasOf(deployment) - rolloutBounds(deployment).maxUnavailable;
  const unavailableOfCurrent = replicasOf(current) - available(current);
  const sizes = new Map(old.filter(isSized).map((replicaSet) => [replicaSet, replicasOf(replicaSet)]));
  let removable = replicasOf(current) + sumOf([...sizes.values()], Number) - least - unavailableOfCurrent;
  if (removable <= 0) return [];
  for (const [replicaSet, size] of sizes) {
    const removed = Math.min(removable, Math.max(0, size - available(replicaSet)));
    sizes.set(replicaSet, size - removed);
    removable -= removed;
  }
  let spare = sumOf([...old, current], available) - least;
  for (const [replicaSet, size] of sizes) {
    const removed = Math.min(size, Math.max(0, spare));
    sizes.set(replicaSet, size - removed);
    spare -= removed;
  }
  return [...sizes].flatMap(([replicaSet, size]) => resize(replicaSet, size));
}

function available(replicaSet: ReplicaSet): number {
  return replicaSet.status?.availableReplicas ?? 0;
}
