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
  {
    why: "the Node authorizer hears of a pod later than the node, or has forgotten it sooner: it is asked again, until the pod is gone",
    matches: ({ objectRef, responseStatus }) =>
      ["secrets", "configmaps", "serviceaccounts"].includes(objectRef?.resource ?? "") &&
      /no relationship found between node '/.test(responseStatus?.message ?? ""),
  },
  {
    why: "NodeRestriction hears that a pod was bound later than the node: its token is asked for again",
    matches: ({ verb, objectRef, responseStatus }) =>
      verb === "create" &&
      objectRef?.resource === "serviceaccounts" &&
      objectRef.subresource === "token" &&
      (responseStatus?.message ?? "").endsWith("node requested token bound to a pod scheduled on a different node"),
  },
  {
    why: "the shipped ServiceAccount may get ConfigMaps and Secrets by name and list Services, and watch none of them: the node then asks whenever it needs one, and each minute",
    matches: ({ verb, objectRef, user }) =>
      verb === "watch" &&
      ["secrets", "configmaps", "services"].includes(objectRef?.resource ?? "") &&
      user.username.startsWith("system:serviceaccount:"),
  },
  {
    why: "before Kubernetes 1.34 a node may not read the accounts of its pods: it then has pull secrets from pods alone, which are given those of their account when they are created",
    matches: ({ verb, objectRef }) =>
      verb === "get" && objectRef?.resource === "serviceaccounts" && objectRef.subresource === undefined,
  },
  {
    why: "a node may set few labels under kubernetes.io on itself: it leaves out the others, and does not ask again",
    matches: ({ verb, objectRef, responseStatus }) =>
      ["create", "patch"].includes(verb) &&
      objectRef?.resource === "nodes" &&
      /is not allowed to (set the following|modify) labels: /.test(responseStatus?.message ?? ""),
  },
  {
    why: "a node may not change its taints once it is registered: it says who may, and does not ask again",
    matches: ({ verb, objectRef, responseStatus }) =>
      verb === "patch" &&
      objectRef?.resource === "nodes" &&
      (responseStatus?.message ?? "").includes("is not allowed to modify taints"),
  },
  {
    why: "a case takes the right to write statuses away, and looks whether the node bears it",
    matches: ({ objectRef, responseStatus }) =>
      objectRef?.subresource === "status" &&
      (responseStatus?.message ?? "").includes("ValidatingAdmissionPolicy 'no-statuses-"),
  },
  {
    why: "a node that is told to know its callers by what the cluster says of them may not read that: it trusts its connection's authority",
    matches: ({ verb, objectRef }) =>
      verb === "get" && objectRef?.resource === "configmaps" && objectRef.name === "extension-apiserver-authentication",
  },
];

/** How the service accounts of nodes are called that have all the rights they need. */
export const trusted = "node-";
const nodeUser = new RegExp(`^system:(node|serviceaccount:virtual-kubelet|serviceaccount:[^:]+:${trusted})`);

/** What nodes asked for and were refused, beyond what they are known to be refused: a line for each kind of request. */
export function unknownRefusals(events: readonly AuditEvent[]): string[] {
  const lines = events
    .filter(({ responseStatus, user }) => responseStatus?.code === 403 && nodeUser.test(user.username))
    .filter((event) => !known.some(({ matches }) => matches(event)))
    .map(
      ({ verb, requestURI, responseStatus }) =>
        `refused to a node: ${verb} ${requestURI}: ${responseStatus?.message ?? ""}`,
    );
  return [...new Set(lines)];
}
