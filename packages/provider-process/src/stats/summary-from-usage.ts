import type { ContainerStats, CpuStats, NodeStats, PodRef, PodStats, StatsSummary } from "@virtual-kubelet/provider";
import type { ContainerUsage, CpuUsage, Methods, PodUsage } from "../protocol/messages.ts";

/** What kubelet would say of what the supervisor has measured. Pods that only one of both knows are left out. */
export function summaryFromUsage(
  { readAtMs, pods: usages }: Methods["usage"]["result"],
  { node, pods }: { readonly node: NodeStats; readonly pods: readonly PodRef[] },
): StatsSummary {
  const time = new Date(readAtMs).toISOString();
  const refs = new Map(pods.map(({ namespace, name, uid }) => [uid, { name, namespace, uid }]));
  return {
    node,
    pods: usages.flatMap((usage) => {
      const podRef = refs.get(usage.uid);
      return podRef ? [podStats(time, podRef, usage)] : [];
    }),
  };
}

function podStats(time: string, podRef: PodStats["podRef"], { cpu, containers }: PodUsage): PodStats {
  return {
    podRef,
    startTime: new Date(cpu.sinceMs).toISOString(),
    containers: containers.map((container) => containerStats(time, container)),
    cpu: cpuStats(time, cpu),
    memory: {
      time,
      workingSetBytes: containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      rssBytes: containers.reduce((sum, { anonymousBytes }) => sum + anonymousBytes, 0),
    },
    process_stats: { process_count: containers.reduce((sum, { processes }) => sum + processes, 0) },
  };
}

function containerStats(time: string, { container, cpu, memoryBytes, anonymousBytes }: ContainerUsage): ContainerStats {
  return {
    name: container,
    startTime: new Date(cpu.sinceMs).toISOString(),
    cpu: cpuStats(time, cpu),
    memory: { time, workingSetBytes: memoryBytes, rssBytes: anonymousBytes },
  };
}

function cpuStats(time: string, { nanoseconds, nanoCores }: CpuUsage): CpuStats {
  return {
    time,
    usageCoreNanoSeconds: nanoseconds,
    ...(nanoCores === undefined ? {} : { usageNanoCores: nanoCores }),
  };
}
