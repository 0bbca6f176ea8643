import type { ContainerStats, NodeStats, PodStats, StatsSummary } from "@virtual-kubelet/provider";
import { exposition } from "../exposition/exposition.ts";
import type { Labels, MetricFamily, Sample } from "../exposition/family.ts";
import { isKnown, sampleOf, secondsFrom } from "./known.ts";
import { secondsOf } from "./moment.ts";
import { newestInstances } from "./newest-instances.ts";
import { podUsage } from "./pod-usage.ts";

const swapNote = "Reported only on non-windows systems";

/** Kubelet's families with their stability, which stands in its help texts too. */
const families = {
  node_cpu_usage_seconds_total: ["counter", "[STABLE] Cumulative cpu time consumed by the node in core-seconds"],
  node_memory_working_set_bytes: ["gauge", "[STABLE] Current working set of the node in bytes"],
  node_swap_usage_bytes: ["gauge", `[ALPHA] Current swap usage of the node in bytes. ${swapNote}`],
  container_cpu_usage_seconds_total: [
    "counter",
    "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
  ],
  container_memory_working_set_bytes: ["gauge", "[STABLE] Current working set of the container in bytes"],
  container_start_time_seconds: ["gauge", "[STABLE] Start time of the container since unix epoch in seconds"],
  container_swap_limit_bytes: ["gauge", `[ALPHA] Current amount of the container swap limit in bytes. ${swapNote}`],
  container_swap_usage_bytes: ["gauge", `[ALPHA] Current amount of the container swap usage in bytes. ${swapNote}`],
  pod_cpu_usage_seconds_total: ["counter", "[STABLE] Cumulative cpu time consumed by the pod in core-seconds"],
  pod_memory_working_set_bytes: ["gauge", "[STABLE] Current working set of the pod in bytes"],
  pod_swap_usage_bytes: ["gauge", `[ALPHA] Current amount of the pod swap usage in bytes. ${swapNote}`],
  resource_scrape_error: ["gauge", "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise"],
} as const;

type Samples = Record<keyof typeof families, Sample[]>;

/**
 * What kubelet answers at `/metrics/resource`, byte by byte, from what a provider measured; `undefined`: it could not, which
 * is said by `resource_scrape_error 1`. This is all that metrics-server reads, and so `kubectl top` and an HPA.
 *
 * - What the provider does not know has no sample. Metrics-server drops a pod one of whose containers has a start but no
 *   CPU time or memory, or has 0 of either.
 * - Counters are passed on as they are. One that went back with an unmoved start time costs its container one interval of
 *   metrics-server, which sees the fall by itself, as does Prometheus' `rate()`; whatever could be written instead would be
 *   a usage that was not there. A restarted container, whose start has moved, loses no more than that.
 * - A node's CPU time of 0, or no memory, and metrics-server does not know the node.
 *
 * Source: Kubernetes 1.37 pkg/kubelet/metrics/collectors/resource_metrics.go. Its `scrape_error` has been hidden since
 * 1.29. metrics-server 0.9 pkg/scraper/client/resource/decode.go and pkg/storage.
 */
export function resourceMetrics(summary: StatsSummary | undefined): string {
  const samples = Object.fromEntries(Object.keys(families).map((name) => [name, [] as Sample[]])) as Samples;
  if (summary) {
    addNode(samples, summary.node);
    for (const pod of newestInstances(summary.pods)) addPod(samples, pod);
  }
  samples.resource_scrape_error.push({ value: summary ? 0 : 1 });
  const written = Object.entries(families).map(([name, [type, help]]): MetricFamily => ({
    name,
    type,
    help,
    samples: samples[name as keyof Samples],
  }));
  return exposition(written.filter((family) => family.samples.length > 0));
}

function addNode(samples: Samples, { cpu, memory, swap }: NodeStats): void {
  samples.node_cpu_usage_seconds_total.push(...sampleOf(secondsFrom(cpu?.usageCoreNanoSeconds), { time: cpu?.time }));
  samples.node_memory_working_set_bytes.push(...sampleOf(memory?.workingSetBytes, { time: memory?.time }));
  samples.node_swap_usage_bytes.push(...sampleOf(swap?.swapUsageBytes, { time: swap?.time }));
}

function addPod(samples: Samples, pod: PodStats): void {
  const { namespace, name } = pod.podRef;
  for (const container of pod.containers) {
    addContainer(samples, container, { container: container.name, namespace, pod: name });
  }
  const { cpu, memory, swap } = podUsage(pod);
  const labels = { namespace, pod: name };
  samples.pod_cpu_usage_seconds_total.push(
    ...sampleOf(secondsFrom(cpu?.usageCoreNanoSeconds), { labels, time: cpu?.time }),
  );
  samples.pod_memory_working_set_bytes.push(...sampleOf(memory?.workingSetBytes, { labels, time: memory?.time }));
  samples.pod_swap_usage_bytes.push(...sampleOf(swap?.swapUsageBytes, { labels, time: swap?.time }));
}

function addContainer(samples: Samples, container: ContainerStats, labels: Labels): void {
  const { startTime, cpu, memory, swap } = container;
  samples.container_start_time_seconds.push(...sampleOf(secondsOf(startTime), { labels }));
  samples.container_cpu_usage_seconds_total.push(
    ...sampleOf(secondsFrom(cpu?.usageCoreNanoSeconds), { labels, time: cpu?.time }),
  );
  samples.container_memory_working_set_bytes.push(...sampleOf(memory?.workingSetBytes, { labels, time: memory?.time }));
  samples.container_swap_usage_bytes.push(...sampleOf(swap?.swapUsageBytes, { labels, time: swap?.time }));
  if (!swap || !isKnown(swap.swapAvailableBytes)) return;
  const limit = swap.swapAvailableBytes + (isKnown(swap.swapUsageBytes) ? swap.swapUsageBytes : 0);
  samples.container_swap_limit_bytes.push(...sampleOf(limit, { labels, time: swap.time }));
}
