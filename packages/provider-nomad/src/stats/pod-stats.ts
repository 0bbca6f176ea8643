import type { ContainerStats, PodRef, PodStats } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadAllocationStats, NomadUsage } from "../api/stats.ts";
import type { CpuCounters } from "./cpu-counters.ts";

export interface MeasuredPod {
  readonly ref: PodRef;
  readonly allocation: NomadAllocation;
  readonly stats: NomadAllocationStats;
}

const nanoCoresPerPercent = 10_000_000;

/** What kubelet would say of what Nomad has measured of a pod's tasks. */
export function podStats({ ref, allocation, stats }: MeasuredPod, counters: CpuCounters): PodStats {
  const containers = Object.entries(stats.Tasks ?? {}).flatMap(([name, task]): ContainerStats[] => {
    const usage = task?.ResourceUsage;
    const state = allocation.TaskStates?.[name];
    if (!usage || state?.State !== "running") return [];
    const timeMs = (task.Timestamp ?? stats.Timestamp ?? 0) / 1e6;
    const nanoCores = (usage.CpuStats?.Percent ?? 0) * nanoCoresPerPercent;
    const key = `${allocation.ID}/${name}/${state.StartedAt}`;
    const { cpu, startTime } = counters.count(key, { timeMs, nanoCores });
    return [{ name, startTime, cpu, memory: memoryOf(usage, cpu.time) }];
  });
  return {
    podRef: { name: ref.name, namespace: ref.namespace, uid: ref.uid },
    startTime: new Date(allocation.CreateTime / 1e6).toISOString(),
    containers,
  };
}

/** Drivers measure different things: of control groups the usage without caches, else what processes have in memory. */
function memoryOf({ MemoryStats }: NomadUsage, time: string): NonNullable<ContainerStats["memory"]> {
  const { RSS = 0, Usage = 0, Cache = 0, Measured } = MemoryStats ?? {};
  const hasUsage = (Measured ?? []).includes("Usage") && Usage > 0;
  return {
    time,
    workingSetBytes: hasUsage ? Math.max(RSS, Usage - Cache) : RSS,
    rssBytes: RSS,
    ...(hasUsage ? { usageBytes: Usage } : {}),
  };
}
