import type { Container, Pod } from "@virtual-kubelet/kubernetes";
import type { PodFeatureRow } from "@virtual-kubelet/provider";

/** A row that says something of a pod when it asks for something. */
export interface AskedField {
  readonly field: string;
  readonly reason: string;
  /** Something, when the pod asks for it. */
  asks(pod: Pod): unknown;
}

export function refused(row: AskedField): PodFeatureRow {
  return { field: row.field, reason: row.reason, support: "refused", asks: (pod) => Boolean(row.asks(pod)) };
}

export function ignored(row: AskedField): PodFeatureRow {
  return { field: row.field, reason: row.reason, support: "ignored", asks: (pod) => Boolean(row.asks(pod)) };
}

export function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

type SecurityContext = NonNullable<Container["securityContext"]>;

/** Whether something is asked for in the security context of a container. */
export function inSecurity(asks: (security: SecurityContext) => unknown): AskedField["asks"] {
  return (pod) => containersOf(pod).some(({ securityContext }) => securityContext && asks(securityContext));
}
