import type { Node, Pod } from "@virtual-kubelet/kubernetes";
import type { StatsSummary } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { AgentMetrics, nodeMetrics } from "../src/index.ts";

/** What a kubelet API asks of its metrics; it knows no more of them than this shape. */
interface MetricsSource {
  agent(): Promise<string>;
  resource(stats: StatsSummary): string;
  cadvisor(stats: StatsSummary): string;
  probes(): string;
  summary(stats: StatsSummary, options: { onlyCpuAndMemory: boolean }): object;
}

const time = "2026-01-02T03:04:05Z";
const stats: StatsSummary = {
  node: { startTime: time },
  pods: [
    {
      podRef: { name: "p", namespace: "ns", uid: "u" },
      startTime: time,
      containers: [{ name: "c", startTime: time, cpu: { time, usageCoreNanoSeconds: 1e9 } }],
    },
  ],
};

describe("the metrics of a node", () => {
  test("are what a kubelet API asks for", async () => {
    using agent = new AgentMetrics({ version: "1" });
    const source: MetricsSource = nodeMetrics({ nodeName: "edge-1", agent });
    expect(await source.agent()).toContain("virtual_kubelet_build_info");
    expect(source.resource(stats)).toContain("pod_cpu_usage_seconds_total");
    expect(source.cadvisor(stats)).toContain("cadvisor_version_info");
    expect(source.probes()).toContain("prober_probe_total");
    expect(source.summary(stats, { onlyCpuAndMemory: true })).toMatchObject({ node: { nodeName: "edge-1" } });
  });

  test("look up pods and node when they are asked, not before", () => {
    const pods: Pod[] = [];
    const node = { status: { capacity: { cpu: "4" } } } as unknown as Node;
    const source = nodeMetrics({ nodeName: "edge-1", pods: () => pods, node: () => node });
    expect(source.cadvisor(stats)).toContain('image=""');
    pods.push({ metadata: { uid: "u" }, spec: { containers: [{ name: "c", image: "app:1" }] } } as unknown as Pod);
    expect(source.cadvisor(stats)).toContain('image="app:1"');
    expect(source.cadvisor(stats)).toContain("machine_cpu_cores 4\n");
  });

  test("say nothing of an agent that nobody counts for", async () => {
    expect(await nodeMetrics({ nodeName: "edge-1" }).agent()).toBe("");
  });
});
