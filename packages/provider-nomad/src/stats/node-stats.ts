import type { NodeStats, PodStats } from "@virtual-kubelet/provider";
import type { NomadHostStats } from "../api/stats.ts";
import type { CpuCounters } from "./cpu-counters.ts";

const nanoCoresPerPercent = 10_000_000;

/** All clients as one machine. */
export function nodeStats(hosts: readonly NomadHostStats[], counters: CpuCounters, nowMs: number): NodeStats {
  const sum = (of: (host: NomadHostStats) => number | undefined): number =>
    hosts.reduce((total, host) => total + (of(host) ?? 0), 0);
  const percent = sum(({ CPU }) =>
    (CPU ?? []).reduce((total, core) => total + (core.TotalPercent ?? core.Total ?? 0), 0),
  );
  const { cpu, startTime } = counters.count("node", { timeMs: nowMs, nanoCores: percent * nanoCoresPerPercent });
  const { time } = cpu;
  return {
    startTime,
    cpu,
    memory: {
      time,
      workingSetBytes: sum(({ Memory }) => Memory?.Used),
      availableBytes: sum(({ Memory }) => Memory?.Available),
    },
    fs: {
      time,
      capacityBytes: sum(({ AllocDirStats }) => AllocDirStats?.Size),
      usedBytes: sum(({ AllocDirStats }) => AllocDirStats?.Used),
      availableBytes: sum(({ AllocDirStats }) => AllocDirStats?.Available),
    },
  };
}

/** Where the token may not look at the clients: what the pods use together. */
export function nodeStatsFromPods(pods: readonly PodStats[], counters: CpuCounters, nowMs: number): NodeStats {
  const containers = pods.flatMap((pod) => pod.containers);
  const sum = (values: readonly (number | undefined)[]): number =>
    values.reduce((total: number, each) => total + (each ?? 0), 0);
  const nanoCores = sum(containers.map(({ cpu }) => cpu?.usageNanoCores));
  const { cpu, startTime } = counters.count("node", { timeMs: nowMs, nanoCores });
  const workingSetBytes = sum(containers.map(({ memory }) => memory?.workingSetBytes));
  return { startTime, cpu, memory: { time: cpu.time, workingSetBytes } };
}
