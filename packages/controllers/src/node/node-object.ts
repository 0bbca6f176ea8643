import {
  type Amounts,
  type Draft,
  type Node,
  type NodeAddress,
  type NodeCondition,
  type NodeStatus,
  type Taint,
  amountsOf,
} from "@virtual-kubelet/kubernetes";
import type { NodeDescription } from "@virtual-kubelet/provider";
import type { NodeVerdict } from "./node-health.ts";

/** What the node's owner says of it, beside what the provider describes. */
export interface NodeIdentity {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Set when the node registers; later only where the node may, which NodeRestriction forbids. */
  readonly taints?: readonly Taint[];
  readonly addresses?: readonly NodeAddress[];
  /** Where the kubelet API listens; 0 for none. */
  readonly kubeletPort: number;
  /** The version that the node shows, `v1.36.0-vk.0.1.0` say. */
  readonly version: string;
  /** Features of a kubelet that the control plane may rely on, in the order of the alphabet: KEP-5328. */
  readonly declaredFeatures?: readonly string[] | undefined;
}

const architectures: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm64: "arm64",
  arm: "arm",
  ia32: "386",
  ppc64: "ppc64le",
  s390x: "s390x",
};

/** The labels by which schedulers, load balancers and autoscalers know such a node. All are ones that a node may set on itself. */
export function nodeLabels(
  { name, labels }: NodeIdentity,
  description: NodeDescription,
): Readonly<Record<string, string>> {
  return {
    type: "virtual-kubelet",
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": description.operatingSystem ?? "linux",
    "kubernetes.io/arch": description.architecture ?? architectures[process.arch] ?? process.arch,
    "node.kubernetes.io/exclude-from-external-load-balancers": "true",
    ...description.labels,
    ...labels,
  };
}

/** What of `nodeInfo` is the provider's to say. */
export const describedInfo: readonly (keyof NodeDescription & keyof NonNullable<NodeStatus["nodeInfo"]>)[] = [
  "operatingSystem",
  "architecture",
  "osImage",
  "kernelVersion",
  "machineID",
  "systemUUID",
  "bootID",
  "containerRuntimeVersion",
];

/** A cluster autoscaler must not take away what it does not provide; load balancers and schedulers go by the labels. */
export function nodeAnnotations(
  { annotations }: NodeIdentity,
  description: NodeDescription,
): Readonly<Record<string, string>> {
  return {
    "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true",
    ...description.annotations,
    ...annotations,
  };
}

export function nodeTaints({ taints = [] }: NodeIdentity, description: NodeDescription): readonly Taint[] {
  return [...taints, ...(description.taints ?? [])];
}

/** By which the node says that its backend has no room. */
export const exhaustedCondition = "BackendCapacityExhausted";

/** What the node has for pods; absent while it offers less than that, because its backend has no room. */
export function wholeAllocatable({ conditions = [], allocatable }: NodeStatus): NodeStatus["allocatable"] {
  const isExhausted = conditions.some(({ type, status }) => type === exhaustedCondition && status === "True");
  return isExhausted ? undefined : allocatable;
}

/** What an earlier life of the agent has said of the node, for a provider that cannot describe it now: an outage changes nothing. */
export function describedBefore(status: NodeStatus = {}): NodeDescription {
  const { capacity, addresses, nodeInfo } = status;
  const allocatable = wholeAllocatable(status);
  const known = describedInfo.flatMap((field) => (nodeInfo?.[field] ? [[field, nodeInfo[field]] as const] : []));
  return {
    ...(capacity ? { capacity } : {}),
    ...(allocatable ? { allocatable } : {}),
    ...(addresses ? { addresses } : {}),
    ...Object.fromEntries(known),
  };
}

/** The node as it registers. */
export function nodeObject(
  identity: NodeIdentity,
  description: NodeDescription,
  { labels, status }: { readonly labels: Readonly<Record<string, string>>; readonly status: NodeStatus },
): Draft<Node> {
  const taints = nodeTaints(identity, description);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: identity.name,
      labels,
      annotations: nodeAnnotations(identity, description),
    },
    spec: {
      ...(taints.length > 0 ? { taints } : {}),
      ...(description.providerID ? { providerID: description.providerID } : {}),
    },
    status,
  };
}

/** The node's status as it should be. `before` gives the transition times of conditions that have not changed. */
export function nodeStatus(
  identity: NodeIdentity,
  description: NodeDescription,
  options: {
    readonly verdicts: readonly NodeVerdict[];
    readonly limit?: Amounts | undefined;
    readonly before?: NodeStatus;
    readonly now: Date;
  },
): NodeStatus {
  const capacity = description.capacity ?? { cpu: "1", memory: "1Gi", pods: "110" };
  const { operatingSystem = "linux", osImage = operatingSystem } = description;
  return {
    capacity,
    allocatable: limited(description.allocatable ?? capacity, options.limit),
    addresses: addressesOf(identity, description),
    conditions: conditionsOf(description, options),
    // Who the processes of a container are is the backend's affair, and it does not tell.
    features: { supplementalGroupsPolicy: false },
    ...(identity.declaredFeatures ? { declaredFeatures: identity.declaredFeatures } : {}),
    ...(identity.kubeletPort > 0 ? { daemonEndpoints: { kubeletEndpoint: { Port: identity.kubeletPort } } } : {}),
    nodeInfo: {
      architecture: description.architecture ?? architectures[process.arch] ?? process.arch,
      operatingSystem,
      osImage,
      kubeletVersion: identity.version,
      kubeProxyVersion: "",
      containerRuntimeVersion: description.containerRuntimeVersion ?? "virtual-kubelet://unknown",
      kernelVersion: description.kernelVersion ?? "",
      machineID: description.machineID ?? "",
      systemUUID: description.systemUUID ?? "",
      bootID: description.bootID ?? "",
    },
  };
}

/** What is offered, but no more than the limit: what the limit does not name, nobody has any of. */
function limited(
  offered: Readonly<Record<string, string>>,
  limit: Amounts | undefined,
): Readonly<Record<string, string>> {
  if (!limit) return offered;
  const amounts = amountsOf(offered);
  return Object.fromEntries(
    Object.entries(offered).map(([name, text]) => {
      const most = limit.get(name) ?? 0n;
      if (most >= (amounts.get(name) ?? 0n)) return [name, text];
      return [name, name === "cpu" ? `${most}m` : String(most / 1_000n)];
    }),
  );
}

function addressesOf({ name, addresses = [] }: NodeIdentity, description: NodeDescription): readonly NodeAddress[] {
  const all = [...addresses, ...(description.addresses ?? []), { type: "Hostname", address: name }];
  return all.filter(
    ({ type, address }, index) => all.findIndex((other) => other.type === type && other.address === address) === index,
  );
}

const pressures: readonly NodeVerdict[] = [
  {
    type: "MemoryPressure",
    status: "False",
    reason: "KubeletHasSufficientMemory",
    message: "kubelet has sufficient memory available",
  },
  {
    type: "DiskPressure",
    status: "False",
    reason: "KubeletHasNoDiskPressure",
    message: "kubelet has no disk pressure",
  },
  {
    type: "PIDPressure",
    status: "False",
    reason: "KubeletHasSufficientPID",
    message: "kubelet has sufficient PID available",
  },
];

function conditionsOf(
  { conditions = [] }: NodeDescription,
  {
    verdicts,
    before,
    now,
  }: { readonly verdicts: readonly NodeVerdict[]; readonly before?: NodeStatus; readonly now: Date },
): readonly NodeCondition[] {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  const ready: NodeVerdict = {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
  };
  const byType = new Map([...pressures, ...conditions, ready, ...verdicts].map((verdict) => [verdict.type, verdict]));
  return [...byType.values()].map((verdict) => {
    const last = before?.conditions?.find(({ type }) => type === verdict.type);
    const lastTransitionTime =
      last?.status === verdict.status && last.lastTransitionTime ? last.lastTransitionTime : time;
    return { ...verdict, lastHeartbeatTime: time, lastTransitionTime };
  });
}
