import { isDeepStrictEqual } from "node:util";
import type { Pod, PodStatus } from "@virtual-kubelet/kubernetes";

/** A strategic merge patch of `pods/status`. The UID makes the API server refuse it for a namesake. */
export interface StatusPatch {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly status: Readonly<Record<string, unknown>>;
}

/** The fields that are this node's to set, and so also to clear. */
const owned = [
  "phase",
  "reason",
  "message",
  "startTime",
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "initContainerStatuses",
  "containerStatuses",
  "ephemeralContainerStatuses",
] as const satisfies readonly (keyof PodStatus)[];

/** Lists that the API server merges by address instead of replacing them. */
const mergedByAddress = new Set<string>(["hostIPs", "podIPs"]);

/** Conditions of this node's that are there only for as long as they are true. */
const passing = ["PodResizePending"];

/** What has to be sent so that the cluster shows this status; `undefined` when it does already. */
export function statusPatch(
  pod: Pod,
  status: PodStatus,
  annotations: Readonly<Record<string, string>> = {},
): StatusPatch | undefined {
  const before = pod.status ?? {};
  const changes: Record<string, unknown> = {};
  for (const field of owned) {
    if (isSame(before[field], status[field])) continue;
    const value = status[field] ?? null;
    changes[field] = mergedByAddress.has(field) && Array.isArray(value) ? [{ $patch: "replace" }, ...value] : value;
  }
  const conditions = (status.conditions ?? []).filter(
    (wanted) =>
      !before.conditions?.some(
        (shown) =>
          shown.type === wanted.type &&
          shown.status === wanted.status &&
          isSame(shown.reason, wanted.reason) &&
          isSame(shown.message, wanted.message),
      ),
  );
  const over = passing.filter(
    (type) =>
      before.conditions?.some((shown) => shown.type === type) && !status.conditions?.some((one) => one.type === type),
  );
  if (conditions.length + over.length > 0) {
    changes["conditions"] = [
      ...conditions.map((condition) => ({ reason: null, message: null, ...condition })),
      ...over.map((type) => ({ $patch: "delete", type })),
    ];
  }

  const shown = pod.metadata.annotations ?? {};
  const fresh = Object.fromEntries(Object.entries(annotations).filter(([name, value]) => shown[name] !== value));
  const hasAnnotations = Object.keys(fresh).length > 0;
  if (Object.keys(changes).length === 0 && !hasAnnotations) return undefined;
  if (status.observedGeneration !== undefined) changes["observedGeneration"] = status.observedGeneration;
  return { metadata: { uid: pod.metadata.uid, ...(hasAnnotations ? { annotations: fresh } : {}) }, status: changes };
}

/** Equal, where what is empty counts as absent: the API server shows `lastState: {}` where none was given. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutEmpty(a), withoutEmpty(b));
}

function withoutEmpty(value: unknown): unknown {
  if (value === "" || value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, nested]) => {
    const kept = withoutEmpty(nested);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
