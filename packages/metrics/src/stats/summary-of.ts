import type { ContainerStats, NodeStats, PodStats, StatsSummary } from "@virtual-kubelet/provider";
import { podUsage } from "./pod-usage.ts";

/** Kubelet's `stats/v1alpha1` Summary, as it is answered at `/stats/summary`. */
export interface Summary {
  readonly node: { readonly nodeName: string } & NodeStats;
  readonly pods: readonly PodStats[];
}

export interface SummaryOptions {
  /** As `?only_cpu_and_memory=true` asks: CPU, memory and swap, and neither network, filesystems nor processes. */
  readonly onlyCpuAndMemory: boolean;
}

/**
 * The whole Summary: what the provider measured, the node's name, and the usage of pods that only their containers have.
 * What nobody knows is left out. Unlike in metrics, a pod and its successor of the same name are both there: they are told
 * apart by UID.
 *
 * Source: Kubernetes 1.37 pkg/kubelet/server/stats/summary.go.
 */
export function summaryOf(nodeName: string, stats: StatsSummary, options: SummaryOptions): Summary {
  const { node, pods } = stats;
  const whole = pods.map((pod) => ({ ...pod, ...podUsage(pod) }));
  if (!options.onlyCpuAndMemory) return { node: { nodeName, ...node }, pods: whole };
  return { node: { nodeName, startTime: node.startTime, ...usageOf(node) }, pods: whole.map(usageOfPod) };
}

function usageOfPod(pod: PodStats): PodStats {
  const { podRef, startTime, containers } = pod;
  return { podRef, startTime, containers: containers.map(usageOfContainer), ...usageOf(pod) };
}

function usageOfContainer(container: ContainerStats): ContainerStats {
  const { name, startTime } = container;
  return { name, startTime, ...usageOf(container) };
}

type Usage = Pick<NodeStats, "cpu" | "memory" | "swap">;

function usageOf({ cpu, memory, swap }: Usage): Usage {
  return { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}), ...(swap ? { swap } : {}) };
}
