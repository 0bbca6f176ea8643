import { isDeepStrictEqual } from "node:util";
import type { NodeAddress, NodeCondition, NodeStatus } from "@virtual-kubelet/kubernetes";

const plain = ["capacity", "allocatable", "daemonEndpoints", "nodeInfo"] as const;

/**
 * What of a node's status has to be sent: only what differs, so that conditions of others stay. As a sign of life, all of
 * our conditions with the time of now. `undefined` when there is nothing to say.
 */
export function nodeStatusPatch(
  before: NodeStatus,
  wanted: NodeStatus,
  { heartbeat }: { readonly heartbeat: boolean },
): Readonly<Record<string, unknown>> | undefined {
  const changes: Record<string, unknown> = {};
  for (const field of plain) {
    if (wanted[field] === undefined) continue;
    const gone = field === "capacity" || field === "allocatable" ? removals(before[field], wanted[field]) : {};
    if (Object.keys(gone).length > 0 || !covers(before[field], wanted[field]))
      changes[field] = { ...gone, ...wanted[field] };
  }
  if (!sameAddresses(before.addresses, wanted.addresses)) {
    // The list is merged by type, so that an address which is no longer there would stay.
    changes["addresses"] = [{ $patch: "replace" }, ...(wanted.addresses ?? [])];
  }
  const conditions = (wanted.conditions ?? []).filter((condition) => heartbeat || !shows(before.conditions, condition));
  if (conditions.length > 0) changes["conditions"] = conditions;
  const { declaredFeatures = [] } = wanted;
  // An API server older than one of these fields never shows it: that alone is no reason to write again and again.
  if (heartbeat && !isDeepStrictEqual(before.declaredFeatures ?? [], declaredFeatures))
    changes["declaredFeatures"] = declaredFeatures;
  if (heartbeat && !covers(before.features, wanted.features ?? {})) changes["features"] = wanted.features;
  return Object.keys(changes).length > 0 ? changes : undefined;
}

function shows(conditions: readonly NodeCondition[] = [], wanted: NodeCondition): boolean {
  return conditions.some(
    ({ type, status, reason, message }) =>
      type === wanted.type && status === wanted.status && reason === wanted.reason && message === wanted.message,
  );
}

/** Whether everything wanted is there already. An API server may fill in more, and leaves out what is empty. */
function covers(shown: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return isDeepStrictEqual(shown ?? "", wanted);
  return Object.entries(wanted).every(([key, value]) =>
    covers((shown as Record<string, unknown> | undefined)?.[key], value),
  );
}

/** A resource that the node no longer has must be named to be removed. */
function removals(shown: object = {}, wanted: object = {}): Record<string, null> {
  return Object.fromEntries(
    Object.keys(shown)
      .filter((name) => !(name in wanted))
      .map((name) => [name, null]),
  );
}

function sameAddresses(shown: readonly NodeAddress[] = [], wanted: readonly NodeAddress[] = []): boolean {
  return isDeepStrictEqual(
    shown.map(({ type, address }) => `${type} ${address}`),
    wanted.map(({ type, address }) => `${type} ${address}`),
  );
}
