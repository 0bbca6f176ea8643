import type { Deployment } from "@virtual-kubelet/kubernetes";

export function replicasOf(object: { readonly spec: { readonly replicas?: number } }): number {
  return object.spec.replicas ?? 1;
}

export function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

export function isRolling(deployment: Deployment): boolean {
  return deployment.spec.strategy?.type !== "Recreate";
}

/**
 * How many pods a rolling update may have too many and too few: percentages of the replicas, rounded up and down; never both none
 * (controller-manager, `ResolveFenceposts`). Both 0 for `Recreate`.
 */
export function rolloutBounds(deployment: Deployment): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment) || replicas === 0) return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = "25%", maxUnavailable = "25%" } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = Math.ceil(scaled(maxSurge, replicas));
  const unavailable = Math.floor(scaled(maxUnavailable, replicas));
  const atLeast = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge: surge, maxUnavailable: Math.min(atLeast, replicas) };
}

function scaled(value: number | string, replicas: number): number {
  if (typeof value === "number") return value;
  return (Number.parseInt(value, 10) * replicas) / 100;
}
