import type { PodTemplateSpec } from "@virtual-kubelet/kubernetes";

/** The label by which a ReplicaSet of a Deployment knows its pods, and the Deployment its ReplicaSet. */
export const templateHashLabel = "pod-template-hash";

const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** A short name for a template, the same for templates that mean the same (FNV-1a, 32 bits). */
export function templateHash(template: PodTemplateSpec): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(JSON.stringify(canonical(template)))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return Array.from(String(hash), (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join("");
}

/** With sorted keys and without what is empty: clients that read and write typed objects add and drop such fields. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, field]) => [key, canonical(field)] as const);
  const filled = entries.filter(([, field]) => !isEmpty(field));
  return Object.fromEntries(filled.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
