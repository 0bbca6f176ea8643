import type {
  ConfigMap,
  Event,
  Lease,
  Namespace,
  Node,
  Secret,
  Service,
  ServiceAccount,
} from "@virtual-kubelet/kubernetes";
import { age } from "./human-duration.ts";
import type { TableDefinition } from "./table.ts";

const none = "<none>";

export const nodeTable: TableDefinition<Node> = {
  columns: [
    "Name",
    "Status",
    "Roles",
    "Age",
    "Version",
    "+Internal-IP",
    "+External-IP",
    "+OS-Image",
    "+Kernel-Version",
    "+Container-Runtime",
  ],
  cells: (node, now) => [
    node.metadata.name,
    nodeStatus(node),
    roles(node),
    age(node.metadata.creationTimestamp, now),
    node.status?.nodeInfo?.kubeletVersion ?? "",
    address(node, "InternalIP"),
    address(node, "ExternalIP"),
    node.status?.nodeInfo?.osImage || "<unknown>",
    node.status?.nodeInfo?.kernelVersion || "<unknown>",
    node.status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
  ],
};

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const text = ready ? (ready.status === "True" ? "Ready" : "NotReady") : "Unknown";
  return node.spec.unschedulable ? `${text},SchedulingDisabled` : text;
}

function roles({ metadata }: Node): string {
  const prefix = "node-role.kubernetes.io/";
  const found = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(prefix) && key.length > prefix.length) return [key.slice(prefix.length)];
    return key === "kubernetes.io/role" && value !== "" ? [value] : [];
  });
  return [...new Set(found)].toSorted().join(",") || none;
}

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((one) => one.type === type)?.address ?? none;
}

export const eventTable: TableDefinition<Event> = {
  columns: [
    "Last Seen",
    "Type",
    "Reason",
    "Object",
    "+Subobject",
    "+Source",
    "Message",
    "+First Seen",
    "+Count",
    "+Name",
  ],
  cells: (event, now) => {
    const first = event.firstTimestamp ?? event.eventTime;
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first;
    const component = event.source?.component || event.reportingComponent || "";
    const host = event.source?.host || event.reportingInstance;
    return [
      age(last, now),
      event.type ?? "",
      event.reason ?? "",
      `${event.involvedObject.kind?.toLowerCase()}/${event.involvedObject.name}`,
      event.involvedObject.fieldPath ?? "",
      host ? `${component}, ${host}` : component,
      (event.message ?? "").trim(),
      age(first, now),
      event.series?.count ?? event.count ?? 1,
      event.metadata.name,
    ];
  },
};

export const serviceTable: TableDefinition<Service> = {
  columns: ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "+Selector"],
  cells: ({ metadata, spec }, now) => [
    metadata.name,
    spec.type ?? "ClusterIP",
    spec.clusterIP || none,
    spec.externalName || spec.externalIPs?.join(",") || (spec.type === "LoadBalancer" ? "<pending>" : none),
    (spec.ports ?? []).map((one) => `${one.port}${one.nodePort ? `:${one.nodePort}` : ""}/${one.protocol}`).join(",") ||
      none,
    age(metadata.creationTimestamp, now),
    pairs(spec.selector),
  ],
};

function pairs(labels: Readonly<Record<string, string>> | undefined): string {
  return (
    Object.entries(labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .toSorted()
      .join(",") || none
  );
}

export const namespaceTable: TableDefinition<Namespace> = {
  columns: ["Name", "Status", "Age"],
  cells: ({ metadata, status }, now) => [metadata.name, status?.phase ?? "", age(metadata.creationTimestamp, now)],
};

export const configMapTable: TableDefinition<ConfigMap> = {
  columns: ["Name", "Data", "Age"],
  cells: ({ metadata, data, binaryData }, now) => [
    metadata.name,
    Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    age(metadata.creationTimestamp, now),
  ],
};

export const secretTable: TableDefinition<Secret> = {
  columns: ["Name", "Type", "Data", "Age"],
  cells: ({ metadata, type, data }, now) => [
    metadata.name,
    type ?? "",
    Object.keys(data ?? {}).length,
    age(metadata.creationTimestamp, now),
  ],
};

export const serviceAccountTable: TableDefinition<ServiceAccount> = {
  columns: ["Name", "Secrets", "Age"],
  cells: ({ metadata, secrets }, now) => [metadata.name, secrets?.length ?? 0, age(metadata.creationTimestamp, now)],
};

export const leaseTable: TableDefinition<Lease> = {
  columns: ["Name", "Holder", "Age"],
  cells: ({ metadata, spec }, now) => [metadata.name, spec?.holderIdentity ?? "", age(metadata.creationTimestamp, now)],
};
