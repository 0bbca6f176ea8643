import type { PodStats, StatsSummary } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { summaryOf } from "../../src/index.ts";

const [early, late] = ["2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"];
const startTime = "2026-01-02T03:00:00Z";
const network = { time: late, name: "eth0", rxBytes: 1 };
const rootfs = { time: late, usedBytes: 1 };

const pod: PodStats = {
  podRef: { name: "web-0", namespace: "ns", uid: "u" },
  startTime,
  network,
  process_stats: { process_count: 3 },
  containers: [
    {
      name: "a",
      startTime,
      cpu: { time: early, usageNanoCores: 5, usageCoreNanoSeconds: 100 },
      memory: { time: early, workingSetBytes: 10, rssBytes: 1 },
      rootfs,
    },
    {
      name: "b",
      startTime,
      cpu: { time: late, usageCoreNanoSeconds: 11 },
      memory: { time: late, workingSetBytes: 20 },
    },
    { name: "c", startTime },
  ],
};
const stats: StatsSummary = {
  node: { startTime, cpu: { time: late, usageNanoCores: 7 }, network, fs: rootfs },
  pods: [pod],
};

describe("/stats/summary", () => {
  test("is the provider's stats with the node's name and what pods use as a whole", () => {
    expect(summaryOf("edge-1", stats, { onlyCpuAndMemory: false })).toEqual({
      node: { nodeName: "edge-1", ...stats.node },
      pods: [
        {
          ...pod,
          cpu: { time: late, usageNanoCores: 5, usageCoreNanoSeconds: 111 },
          memory: { time: late, workingSetBytes: 30, rssBytes: 1 },
        },
      ],
    });
  });

  test("leaves a pod's own figures as they are, and out what nobody knows", () => {
    const own = { ...pod, cpu: { time: late, usageCoreNanoSeconds: 999 }, containers: [{ name: "c", startTime }] };
    const [only] = summaryOf("edge-1", { node: { startTime }, pods: [own] }, { onlyCpuAndMemory: false }).pods;
    expect(only).toEqual(own);
  });

  test("has CPU, memory and swap only when nothing else is asked for", () => {
    const swap = { time: late, swapUsageBytes: 4 };
    const swapping = { ...pod, swap };
    expect(summaryOf("edge-1", { ...stats, pods: [swapping] }, { onlyCpuAndMemory: true })).toEqual({
      node: { nodeName: "edge-1", startTime, cpu: { time: late, usageNanoCores: 7 } },
      pods: [
        {
          podRef: pod.podRef,
          startTime,
          cpu: { time: late, usageNanoCores: 5, usageCoreNanoSeconds: 111 },
          memory: { time: late, workingSetBytes: 30, rssBytes: 1 },
          swap,
          containers: [{ ...pod.containers[0], rootfs: undefined }, ...pod.containers.slice(1)],
        },
      ],
    });
  });
});
