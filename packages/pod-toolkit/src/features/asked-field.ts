import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatureRow } from "@virtual-kubelet/provider";

/** A row that says something of a pod when it asks for something. */
export interface AskedField {
  /** As a user knows it: `spec.hostNetwork`. */
  readonly field: string;
  /** Why, and what to do instead. */
  readonly reason: string;
  /** Something, when the pod asks for it. */
  asks(pod: Pod): unknown;
}

/** The pod waits and says why. */
export function refused(row: AskedField): PodFeatureRow {
  return { field: row.field, reason: row.reason, support: "refused", asks: (pod) => Boolean(row.asks(pod)) };
}

/** The pod runs without it, and an event says so. */
export function ignored(row: AskedField): PodFeatureRow {
  return { field: row.field, reason: row.reason, support: "ignored", asks: (pod) => Boolean(row.asks(pod)) };
}

/** It is honoured: for documentation, and for tests that are made of it. */
export function supported(row: Omit<AskedField, "reason">): PodFeatureRow {
  return { field: row.field, support: "supported", asks: (pod) => Boolean(row.asks(pod)) };
}

/** The init containers, then the regular ones. Ephemeral ones come later, if ever. */
export function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** What a container may ask for of its security. */
export type SecurityContext = NonNullable<Container["securityContext"]>;

/** Whether something is asked for in the security context of a container. */
export function inSecurity(asks: (security: SecurityContext) => unknown): AskedField["asks"] {
  return (pod) => containersOf(pod).some(({ securityContext }) => securityContext && asks(securityContext));
}
