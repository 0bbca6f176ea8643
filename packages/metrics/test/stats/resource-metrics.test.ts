import type { ContainerStats, PodStats, StatsSummary } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { resourceMetrics } from "../../src/index.ts";
import { goldenPairs } from "../golden-pairs.ts";
import { parsed } from "../parsed.ts";

const time = "2026-01-02T03:04:05.678Z";

function container(name: string, more: Partial<ContainerStats> = {}): ContainerStats {
  return { name, startTime: "2026-01-02T03:00:00Z", ...more };
}

function pod(name: string, containers: readonly ContainerStats[], more: Partial<PodStats> = {}): PodStats {
  return {
    podRef: { name, namespace: "ns", uid: `uid-${name}` },
    startTime: "2026-01-02T03:00:00Z",
    containers,
    ...more,
  };
}

function summary(...pods: readonly PodStats[]): StatsSummary {
  return { node: { startTime: time }, pods };
}

/** The samples of a family, by labels, in short. */
function samplesOf(stats: StatsSummary, family: string): string[] {
  const found = parsed(resourceMetrics(stats)).find(({ name }) => name === family);
  return (found?.samples ?? []).map(({ labels, value }) => `${Object.values(labels).join("/")}=${value}`);
}

describe("/metrics/resource", () => {
  // The texts are what the collector, registry and handler of Kubernetes 1.37.2 answered for the same summaries; the cases
  // are those of its resource_metrics_test.go and some more.
  test.each(goldenPairs("resource"))("is what a kubelet answers: %s", (_, stats, text) => {
    expect(resourceMetrics((stats as StatsSummary | null) ?? undefined)).toBe(text);
  });

  test("has no sample of what is not known, cannot be, or is no number", () => {
    const odd = [Number.NaN, Infinity, -1, null, undefined, "7"].map((value, index) =>
      container(`c${index}`, {
        cpu: { time, usageCoreNanoSeconds: value as number },
        memory: { time, workingSetBytes: value as number },
        swap: { time, swapAvailableBytes: value as number },
      }),
    );
    const names = parsed(resourceMetrics(summary(pod("p", odd)))).map(({ name }) => name);
    expect(names).toEqual(["container_start_time_seconds", "resource_scrape_error"]);
  });

  test("gives a sample without a time where the provider's is none, and no start that is none", () => {
    const times = ["", "yesterday", "0001-01-01T00:00:00Z"].map((none, index) =>
      container(`c${index}`, { startTime: none, memory: { time: none, workingSetBytes: 1 } }),
    );
    const families = parsed(resourceMetrics(summary(pod("p", times))));
    expect(families.map(({ name }) => name)).not.toContain("container_start_time_seconds");
    for (const one of families.find(({ name }) => name === "container_memory_working_set_bytes")!.samples) {
      expect(one).not.toHaveProperty("timeMs");
    }
  });

  test("sums the containers that have a figure where the pod has none of its own", () => {
    const using = (bytes: number) => ({ memory: { time, workingSetBytes: bytes } });
    const stats = summary(
      pod("own", [container("a", using(1))], using(100)),
      pod("summed", [container("a", using(1)), container("b", using(2)), container("starting")]),
      pod("unknown", [container("a")]),
    );
    expect(samplesOf(stats, "pod_memory_working_set_bytes")).toEqual(["ns/own=100", "ns/summed=3"]);
  });

  test("speaks once of a name: of the pod, and of the container's life, that started last", () => {
    const life = (startTime: string, bytes: number) =>
      container("a", { startTime, memory: { time, workingSetBytes: bytes } });
    const late = "2026-01-02T03:02:00Z";
    const stats = summary(
      pod("web-0", [life(late, 1), life("2026-01-02T03:01:00Z", 2)], { startTime: late }),
      pod("web-0", [life("2026-01-02T03:01:00Z", 3)]),
    );
    expect(samplesOf(stats, "container_memory_working_set_bytes")).toEqual(["a/ns/web-0=1"]);
    expect(samplesOf(stats, "pod_memory_working_set_bytes")).toEqual(["ns/web-0=1"]);
  });

  test("says that the provider could not be asked", () => {
    expect(parsed(resourceMetrics(undefined))).toMatchObject([
      { name: "resource_scrape_error", samples: [{ value: 1 }] },
    ]);
  });
});
