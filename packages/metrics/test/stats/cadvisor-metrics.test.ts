import type { StatsSummary } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type CadvisorContext, cadvisorMetrics } from "../../src/index.ts";
import { goldenPairs } from "../golden-pairs.ts";
import { parsed } from "../parsed.ts";

const time = "2026-01-02T03:04:05Z";

describe("/metrics/cadvisor", () => {
  test.each(goldenPairs("cadvisor"))("has what dashboards ask for: %s", (_, given, text) => {
    const { summary, ...context } = given as CadvisorContext & { readonly summary: StatsSummary };
    expect(cadvisorMetrics(summary, context)).toBe(text);
  });

  test("says only what the summary tells", () => {
    const podRef = { name: "p", namespace: "ns", uid: "u" };
    const nothing = { node: { startTime: "" }, pods: [{ podRef, startTime: "", containers: [] }] };
    expect(parsed(cadvisorMetrics(nothing)).map(({ name }) => name)).toEqual(["cadvisor_version_info"]);
  });

  test("keeps labels apart, whatever is in them", () => {
    const hostile = 'x"} 1\nmachine_cpu_cores 99\\';
    const podRef = { name: hostile, namespace: "ns", uid: "u" };
    const container = { name: hostile, startTime: time, cpu: { time, usageCoreNanoSeconds: 1e9 } };
    const read = parsed(
      cadvisorMetrics({ node: { startTime: "" }, pods: [{ podRef, startTime: "", containers: [container] }] }),
    );
    expect(read.map(({ name }) => name)).not.toContain("machine_cpu_cores");
    const cpu = read.find(({ name }) => name === "container_cpu_usage_seconds_total")!;
    expect(cpu.samples.map(({ labels }) => [labels["pod"], labels["container"]])).toEqual([
      [hostile, ""],
      [hostile, hostile],
    ]);
  });
});
