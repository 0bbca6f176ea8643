import {
  type Amounts,
  type Node,
  type Pod,
  type Taint,
  addTo,
  amountsOf,
  matchesNode,
  podRequests,
  preferenceOf,
  untolerated,
} from "@virtual-kubelet/kubernetes";
import { conditionTaints } from "../nodes/condition-taints.ts";
import { spreadRequests } from "./spread-requests.ts";

/** A node and what is taken of it. */
export interface NodeLoad {
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly requested: Map<string, bigint>;
  /** As `requested`, with the least that every pod counts for. */
  readonly spread: Map<string, bigint>;
  pods: number;
}

export type Fit = { readonly node: string } | { readonly message: string };

/** The load of each node by the pods that are bound to it and have not ended. */
export function nodeLoads(nodes: readonly Node[], boundPods: Iterable<Pod>): readonly NodeLoad[] {
  const loads = new Map<string, NodeLoad>();
  for (const node of nodes) {
    const allocatable = amountsOf(node.status?.allocatable ?? node.status?.capacity);
    loads.set(node.metadata.name, { node, allocatable, requested: new Map(), spread: new Map(), pods: 0 });
  }
  for (const pod of boundPods) {
    const load = loads.get(pod.spec.nodeName ?? "");
    if (load) placeOn(load, pod);
  }
  return [...loads.values()];
}

/** Counts a pod as bound to a node. */
export function placeOn(load: NodeLoad, pod: Pod): void {
  load.pods += 1;
  addTo(load.requested, podRequests(pod));
  addTo(load.spread, spreadRequests(pod));
}

/** The least loaded node that can take the pod, or why there is none, in the words of kube-scheduler (`framework.FitError`). */
export function fit(pod: Pod, loads: readonly NodeLoad[]): Fit {
  if (loads.length === 0) return { message: "no nodes available to schedule pods" };
  const counts = new Map<string, number>();
  let best: { readonly load: NodeLoad; readonly rank: readonly number[] } | undefined;
  for (const load of loads) {
    const reasons = misfits(pod, load);
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    if (reasons.length > 0) continue;
    const rank = rankOf(pod, load);
    if (!best || isHigher(rank, best.rank)) best = { load, rank };
  }
  if (best) return { node: best.load.node.metadata.name };
  const none = `0/${loads.length} nodes are available:`;
  const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).toSorted();
  const preemption = `preemption: ${none} ${loads.length} Preemption is not helpful for scheduling.`;
  return { message: `${none} ${reasons.join(", ")}. ${preemption}` };
}

/** Why a node cannot take a pod: what the first check says that fails, all shortages together. Empty when it can. */
function misfits(pod: Pod, load: NodeLoad): readonly string[] {
  const { node } = load;
  const missing = unsupportedRule(pod);
  if (missing) return [`node(s) cannot be judged: this scheduler does not support ${missing}`];
  const taint = untolerated(repellingTaints(node), pod.spec.tolerations)[0];
  if (taint?.key === "node.kubernetes.io/unschedulable") return ["node(s) were unschedulable"];
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
  if (!matchesNode(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  return shortages(pod, load);
}

/** A rule that would be broken if it were ignored. Mere preferences are. */
function unsupportedRule({ spec }: Pod): string | undefined {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length) return "required podAffinity";
  if (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length) return "required podAntiAffinity";
  const spread = spec.topologySpreadConstraints?.some(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule");
  return spread ? "topologySpreadConstraints with DoNotSchedule" : undefined;
}

/** The taints of a node with those that its conditions will bring, so that none is chosen before its taints are written. */
function repellingTaints(node: Node): readonly Taint[] {
  const taints = [...conditionTaints(node), ...(node.spec.taints ?? [])];
  const repelling = taints.filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  return repelling.toSorted((a, b) => Number(isUnschedulable(b)) - Number(isUnschedulable(a)));
}

function isUnschedulable(taint: Taint): boolean {
  return taint.key === "node.kubernetes.io/unschedulable";
}

function shortages(pod: Pod, { allocatable, requested, pods }: NodeLoad): readonly string[] {
  const short: string[] = [];
  if (BigInt(pods + 1) * 1000n > (allocatable.get("pods") ?? 0n)) short.push("Too many pods");
  for (const [name, amount] of podRequests(pod)) {
    const free = (allocatable.get(name) ?? 0n) - (requested.get(name) ?? 0n);
    if (amount > 0n && amount > free) short.push(`Insufficient ${name}`);
  }
  return short;
}

/** How welcome a pod is on a node, most important first: taints that rather repel it, what it prefers, free share, fewest pods. */
function rankOf(pod: Pod, load: NodeLoad): readonly number[] {
  const taints = load.node.spec.taints ?? [];
  const discouraging = taints.filter(({ effect }) => effect === "PreferNoSchedule");
  return [
    -untolerated(discouraging, pod.spec.tolerations).length,
    preferenceOf(pod, load.node),
    freeShare(pod, load),
    -load.pods,
  ];
}

/** The mean free share of processor and memory once the pod is there, in whole percent (`NodeResourcesFit`, least allocated). */
function freeShare(pod: Pod, { allocatable, spread }: NodeLoad): number {
  let sum = 0;
  for (const [name, amount] of spreadRequests(pod)) {
    const all = Number(allocatable.get(name) ?? 0n);
    const taken = Number((spread.get(name) ?? 0n) + amount);
    if (taken < all) sum += ((all - taken) / all) * 100;
  }
  return Math.floor(sum / 2);
}

function isHigher(a: readonly number[], b: readonly number[]): boolean {
  const difference = a.map((value, index) => value - (b[index] ?? 0)).find((value) => value !== 0);
  return difference !== undefined && difference > 0;
}
