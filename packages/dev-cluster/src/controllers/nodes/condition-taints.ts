import type { Node, Taint } from "@virtual-kubelet/kubernetes";

const prefix = "node.kubernetes.io/";

/** Condition and status → taint that keeps new pods away (controller-manager, `nodelifecycle`). */
const schedulingTaints: readonly (readonly [type: string, status: string, key: string])[] = [
  ["Ready", "False", `${prefix}not-ready`],
  ["Ready", "Unknown", `${prefix}unreachable`],
  ["MemoryPressure", "True", `${prefix}memory-pressure`],
  ["DiskPressure", "True", `${prefix}disk-pressure`],
  ["PIDPressure", "True", `${prefix}pid-pressure`],
  ["NetworkUnavailable", "True", `${prefix}network-unavailable`],
];

const ownKeys = new Set([...schedulingTaints.map(([, , key]) => key), `${prefix}unschedulable`]);

/** The taints that the conditions of a node bring about. A node that never reported counts as not ready, but evicts nobody. */
export function conditionTaints(node: Node): readonly Taint[] {
  const conditions = node.status?.conditions ?? [];
  const statusOf = (type: string): string | undefined => conditions.find((one) => one.type === type)?.status;
  const taints: Taint[] = schedulingTaints
    .filter(([type, status]) => (statusOf(type) ?? (type === "Ready" ? "False" : "")) === status)
    .map(([, , key]) => ({ key, effect: "NoSchedule" }));
  if (node.spec.unschedulable) taints.push({ key: `${prefix}unschedulable`, effect: "NoSchedule" });
  if (statusOf("Ready") === "False") taints.push({ key: `${prefix}not-ready`, effect: "NoExecute" });
  if (statusOf("Ready") === "Unknown") taints.push({ key: `${prefix}unreachable`, effect: "NoExecute" });
  return taints;
}

/** The taints that a node should have: those of others as they are, its own by its conditions, none added twice. */
export function desiredTaints(node: Node, now: string): readonly Taint[] {
  const wanted = conditionTaints(node);
  const has = (taints: readonly Taint[], taint: Taint): boolean =>
    taints.some((one) => one.key === taint.key && one.effect === taint.effect);
  const current = node.spec.taints ?? [];
  const kept = current.filter((taint) => !ownKeys.has(taint.key) || has(wanted, taint));
  return [...kept, ...wanted.filter((taint) => !has(kept, taint)).map((taint) => ({ ...taint, timeAdded: now }))];
}
