import { type Node, type Pod, amountsOf, matchesNode, podRequests, untolerated } from "@virtual-kubelet/kubernetes";
import { taintText } from "../../node/own-taints.ts";
import { wholeAllocatable } from "../../node/node-object.ts";
import { type NodeRoom, hostPorts } from "./node-room.ts";

/** Why a pod is not run: a reason in one word, and a sentence. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/**
 * Why this node cannot take a pod, in kubelet's words; `undefined` when it can. A scheduler has looked before, but not at a
 * pod that names its node itself, nor at what has changed since.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/lifecycle/predicate.go
 */
export function nodeMisfit(pod: Pod, node: Node, room: NodeRoom): Refusal | undefined {
  return (
    wrongSystem(pod, node) ??
    wrongNode(pod, node) ??
    repelled(pod, node) ??
    takenPort(pod, room) ??
    shortage(pod, node, room)
  );
}

function wrongSystem({ spec }: Pod, { metadata, status }: Node): Refusal | undefined {
  const label = "kubernetes.io/os";
  const system = metadata.labels?.[label] ?? status?.nodeInfo?.operatingSystem ?? "linux";
  const selected = spec.nodeSelector?.[label];
  if (selected !== undefined && selected !== system) {
    return {
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message: `The pod selects nodes with ${label}=${selected}, and this node has ${label}=${system}`,
    };
  }
  const asked = spec.os?.name;
  if (asked === undefined || asked === system) return undefined;
  return { reason: "PodOSNotSupported", message: `The pod is for ${asked}, and this node runs ${system}` };
}

function wrongNode(pod: Pod, node: Node): Refusal | undefined {
  if (matchesNode(pod, node)) return undefined;
  const message = "The pod's node affinity or node selector does not match this node's labels";
  return { reason: "NodeAffinity", message };
}

/** Of taints only those count that would take the pod away again. */
function repelled({ spec }: Pod, node: Node): Refusal | undefined {
  const evicting = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
  const [taint] = untolerated(evicting, spec.tolerations);
  if (!taint) return undefined;
  return { reason: "TaintToleration", message: `The pod does not tolerate this node's taint ${taintText(taint)}` };
}

function takenPort(pod: Pod, room: NodeRoom): Refusal | undefined {
  const taken = hostPorts(pod).find((port) => room.isTaken(port));
  if (!taken) return undefined;
  return { reason: "NodePorts", message: `Another pod of this node has its host port ${taken.port}/${taken.protocol}` };
}

function shortage(pod: Pod, { status = {} }: Node, room: NodeRoom): Refusal | undefined {
  // While its backend has no room for one pod, the node offers nothing more; whether there is room for this one, only it knows.
  const allocatable = amountsOf(wholeAllocatable(status) ?? status.capacity);
  const wanted = [["pods", 1_000n], ...podRequests(pod)] as const;
  for (const [name, amount] of wanted) {
    const used = name === "pods" ? BigInt(room.pods) * 1_000n : (room.used.get(name) ?? 0n);
    // What the node knows nothing of is not its affair: a kubelet leaves it to those who do.
    if (isExtended(name) && !allocatable.has(name)) continue;
    const capacity = allocatable.get(name) ?? 0n;
    if (amount > 0n && amount > capacity - used)
      return { reason: `OutOf${name}`, message: short(name, { amount, used, capacity }) };
  }
  return undefined;
}

/** A resource of somebody else's, as `example.com/gpu`. */
function isExtended(name: string): boolean {
  return name.includes("/") && !name.split("/")[0]?.endsWith("kubernetes.io");
}

function short(
  name: string,
  { amount, used, capacity }: Readonly<Record<"amount" | "used" | "capacity", bigint>>,
): string {
  // As kubelet has them: processors in thousandths, everything else whole.
  const shown = (milli: bigint) => (name === "cpu" ? `${milli}m` : String(milli / 1_000n));
  return `Node didn't have enough resource: ${name}, requested: ${shown(amount)}, used: ${shown(used)}, capacity: ${shown(capacity)}`;
}
