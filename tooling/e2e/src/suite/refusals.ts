import type { AuditEvent } from "@virtual-kubelet/control-plane";

/** A request that the API server is known to refuse to a node, and what the node does about it. */
interface KnownRefusal {
  readonly why: string;
  readonly matches: (event: AuditEvent) => boolean;
}

const known: readonly KnownRefusal[] = [
  {
    why: "a namespace on its way out takes nothing new, and so no event of its pods' end; kubelet's are lost there too",
    matches: ({ verb, objectRef, responseStatus }) =>
      verb === "create" &&
      objectRef?.resource === "events" &&
      (responseStatus?.message ?? "").endsWith("because it is being terminated"),
  },
];

/** What nodes asked for and were refused, beyond what they are known to be refused: a line for each kind of request. */
export function unknownRefusals(events: readonly AuditEvent[]): string[] {
  const lines = events
    .filter(({ responseStatus, user }) => responseStatus?.code === 403 && user.username.startsWith("system:node:"))
    .filter((event) => !known.some(({ matches }) => matches(event)))
    .map(
      ({ verb, requestURI, responseStatus }) =>
        `refused to a node: ${verb} ${requestURI}: ${responseStatus?.message ?? ""}`,
    );
  return [...new Set(lines)];
}
