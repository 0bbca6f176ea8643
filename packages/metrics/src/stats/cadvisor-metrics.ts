import type { Node, Pod } from "@virtual-kubelet/kubernetes";
import type { ContainerStats, NodeStats, PodStats, StatsSummary } from "@virtual-kubelet/provider";
import { exposition } from "../exposition/exposition.ts";
import type { Labels, MetricFamily, Sample } from "../exposition/family.ts";
import { machineFamilies } from "./machine-families.ts";
import { sampleOf, secondsFrom } from "./known.ts";
import { secondsOf } from "./moment.ts";
import { newestInstances } from "./newest-instances.ts";
import { podUsage } from "./pod-usage.ts";

/** What the cluster knows beside the stats. Without it the metrics are poorer, not wrong. */
export interface CadvisorContext {
  /**
   * For the labels `image` and `name`, which is the container's ID; without, they are empty and the container's name. Many
   * dashboards leave out what has no image, as they take it for a pod's own cgroup.
   */
  readonly pods?: Iterable<Pod>;
  /** For `machine_cpu_cores`, `machine_memory_bytes` and `cadvisor_version_info`. */
  readonly node?: Node | undefined;
}

const families = {
  container_cpu_usage_seconds_total: ["counter", "Cumulative cpu time consumed in seconds."],
  container_fs_limit_bytes: ["gauge", "Number of bytes that can be consumed by the container on this filesystem."],
  container_fs_usage_bytes: ["gauge", "Number of bytes that are consumed by the container on this filesystem."],
  container_memory_rss: ["gauge", "Size of RSS in bytes."],
  container_memory_swap: ["gauge", "Container swap usage in bytes."],
  container_memory_usage_bytes: [
    "gauge",
    "Current memory usage in bytes, including all memory regardless of when it was accessed",
  ],
  container_memory_working_set_bytes: ["gauge", "Current working set in bytes."],
  container_network_receive_bytes_total: ["counter", "Cumulative count of bytes received"],
  container_network_receive_errors_total: ["counter", "Cumulative count of errors encountered while receiving"],
  container_network_transmit_bytes_total: ["counter", "Cumulative count of bytes transmitted"],
  container_network_transmit_errors_total: ["counter", "Cumulative count of errors encountered while transmitting"],
  container_processes: ["gauge", "Number of processes running inside the container."],
  container_start_time_seconds: ["gauge", "Start time of the container since unix epoch in seconds."],
} as const;

type Name = keyof typeof families;
type Add = (name: Name, samples: readonly Sample[]) => void;

/**
 * The families of `/metrics/cadvisor` that dashboards use, as far as a summary tells them. As in a kubelet's there is one
 * row for each container, one with an empty `container` for the pod as a whole, and one with `id="/"` for the node; `id` is
 * the path that a cgroup of that UID would have, so that it is unique, whether or not there is such a cgroup.
 *
 * Source: cadvisor metrics/prometheus.go, and kubelet pkg/kubelet/server/server.go containerPrometheusLabelsFunc.
 */
export function cadvisorMetrics(summary: StatsSummary, context: CadvisorContext = {}): string {
  const samples = new Map<Name, Sample[]>();
  const add: Add = (name, more) => {
    const known = samples.get(name);
    if (known) known.push(...more);
    else if (more.length > 0) samples.set(name, [...more]);
  };
  addNode(add, summary.node);
  const pods = new Map(Array.from(context.pods ?? [], (pod) => [pod.metadata.uid, pod]));
  for (const pod of newestInstances(summary.pods)) addPod(add, pod, pods.get(pod.podRef.uid));
  const written = Array.from(samples, ([name, taken]): MetricFamily => {
    const [type, help] = families[name];
    return { name, type, help, samples: taken };
  });
  return exposition([...written, ...machineFamilies(summary.node, context.node)]);
}

function addNode(add: Add, node: NodeStats): void {
  const labels = { container: "", id: "/", image: "", name: "", namespace: "", pod: "" };
  addUsage(add, node, labels);
  addStart(add, node, labels);
  addNetwork(add, node, labels);
  addFs(add, node.fs, { labels, limited: true });
}

function addPod(add: Add, pod: PodStats, object: Pod | undefined): void {
  const { namespace, name, uid } = pod.podRef;
  const id = `/kubepods/pod${uid}`;
  const labels = { container: "", id, image: "", name: "", namespace, pod: name };
  const usage = podUsage(pod);
  addUsage(add, usage, labels);
  addStart(add, pod, labels);
  addNetwork(add, pod, labels);
  // Kubelet counts them for containers; a summary has them for the pod.
  add("container_processes", sampleOf(pod.process_stats?.process_count, { labels, time: usage.cpu?.time }));
  for (const container of pod.containers) {
    const { image = "", containerId = container.name } = identityOf(container, object);
    const own = { ...labels, container: container.name, id: `${id}/${containerId}`, image, name: containerId };
    addUsage(add, container, own);
    addStart(add, container, own);
    addFs(add, container.rootfs, { labels: own, limited: false });
  }
}

function addUsage(add: Add, { cpu, memory, swap }: Pick<NodeStats, "cpu" | "memory" | "swap">, labels: Labels): void {
  const total = { ...labels, cpu: "total" };
  add(
    "container_cpu_usage_seconds_total",
    sampleOf(secondsFrom(cpu?.usageCoreNanoSeconds), { labels: total, time: cpu?.time }),
  );
  const reading = { labels, time: memory?.time };
  add("container_memory_working_set_bytes", sampleOf(memory?.workingSetBytes, reading));
  add("container_memory_usage_bytes", sampleOf(memory?.usageBytes, reading));
  add("container_memory_rss", sampleOf(memory?.rssBytes, reading));
  add("container_memory_swap", sampleOf(swap?.swapUsageBytes, { labels, time: swap?.time }));
}

/** In whole seconds, and without a time, as cadvisor has it. */
function addStart(add: Add, { startTime }: Pick<ContainerStats, "startTime">, labels: Labels): void {
  const seconds = secondsOf(startTime);
  add("container_start_time_seconds", sampleOf(seconds && Math.floor(seconds), { labels }));
}

function addNetwork(add: Add, { network }: Pick<PodStats, "network">, labels: Labels): void {
  if (!network) return;
  const { time, interfaces } = network;
  for (const one of interfaces?.length ? interfaces : [network]) {
    const reading = { labels: { ...labels, interface: one.name }, time };
    add("container_network_receive_bytes_total", sampleOf(one.rxBytes, reading));
    add("container_network_receive_errors_total", sampleOf(one.rxErrors, reading));
    add("container_network_transmit_bytes_total", sampleOf(one.txBytes, reading));
    add("container_network_transmit_errors_total", sampleOf(one.txErrors, reading));
  }
}

/** A container's capacity is that of the disk it shares, and not what it may use. */
function addFs(
  add: Add,
  fs: ContainerStats["rootfs"],
  { labels, limited }: { readonly labels: Labels; readonly limited: boolean },
): void {
  const reading = { labels: { ...labels, device: "" }, time: fs?.time };
  add("container_fs_usage_bytes", sampleOf(fs?.usedBytes, reading));
  if (limited) add("container_fs_limit_bytes", sampleOf(fs?.capacityBytes, reading));
}

function identityOf(
  { name }: ContainerStats,
  pod: Pod | undefined,
): { readonly image?: string | undefined; readonly containerId?: string | undefined } {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod?.status ?? {};
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod?.spec ?? {};
  const named = (other: { readonly name: string }) => other.name === name;
  const status = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(named);
  const spec = [...containers, ...initContainers, ...ephemeralContainers].find(named);
  return {
    image: status?.image || spec?.image,
    // `containerd://4f2a…`, of which cgroups have the second part.
    containerId: status?.containerID?.split("://").at(-1) || undefined,
  };
}
