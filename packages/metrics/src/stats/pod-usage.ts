import type { CpuStats, MemoryStats, PodStats, SwapStats } from "@virtual-kubelet/provider";
import { isKnown } from "./known.ts";

const cpuFields = ["usageNanoCores", "usageCoreNanoSeconds"] as const;
const memoryFields = [
  "availableBytes",
  "usageBytes",
  "workingSetBytes",
  "rssBytes",
  "pageFaults",
  "majorPageFaults",
] as const;
const swapFields = ["swapAvailableBytes", "swapUsageBytes"] as const;

/**
 * What a pod uses: its own figures, and where the provider gives none, the sums of its containers'. As kubelet does, a sum
 * is of those containers that have the figure; no container has it: nor has the pod.
 *
 * Source: kubelet pkg/kubelet/stats/cri_stats_provider.go addPodCPUMemoryStats.
 */
export function podUsage({ cpu, memory, swap, containers }: PodStats): {
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly swap?: SwapStats;
} {
  const sums = {
    cpu:
      cpu ??
      sumOf(
        containers.map((container) => container.cpu),
        cpuFields,
      ),
    memory:
      memory ??
      sumOf(
        containers.map((container) => container.memory),
        memoryFields,
      ),
    swap:
      swap ??
      sumOf(
        containers.map((container) => container.swap),
        swapFields,
      ),
  };
  return {
    ...(sums.cpu ? { cpu: sums.cpu } : {}),
    ...(sums.memory ? { memory: sums.memory } : {}),
    ...(sums.swap ? { swap: sums.swap } : {}),
  };
}

/** The sum is as old as its newest part. */
function sumOf<F extends string>(
  parts: readonly (({ readonly time: string } & Readonly<Partial<Record<F, number>>>) | undefined)[],
  fields: readonly F[],
): ({ readonly time: string } & Partial<Record<F, number>>) | undefined {
  const there = parts.filter((part) => part !== undefined);
  if (there.length === 0) return undefined;
  const sum: Partial<Record<F, number>> = {};
  for (const part of there) {
    for (const field of fields) {
      const figure: number | undefined = part[field];
      if (isKnown(figure)) sum[field] = (sum[field] ?? 0) + figure;
    }
  }
  const time = there.map((part) => part.time).reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a));
  return { time, ...sum };
}
