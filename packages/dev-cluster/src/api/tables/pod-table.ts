import type { ContainerStatus, Pod } from "@virtual-kubelet/kubernetes";
import { age } from "./human-duration.ts";
import type { TableDefinition } from "./table.ts";

export const podTable: TableDefinition<Pod> = {
  columns: ["Name", "Ready", "Status", "Restarts", "Age", "+IP", "+Node", "+Nominated Node", "+Readiness Gates"],
  cells: (pod, now) => [
    pod.metadata.name,
    ready(pod),
    podStatusText(pod),
    restarts(pod, now),
    age(pod.metadata.creationTimestamp, now),
    pod.status?.podIP ?? "<none>",
    pod.spec.nodeName || "<none>",
    pod.status?.nominatedNodeName || "<none>",
    readinessGates(pod),
  ],
};

/** Init containers that run beside the others, and the others. */
function lasting(pod: Pod): readonly ContainerStatus[] {
  return [
    ...(pod.status?.initContainerStatuses ?? []).filter((status) => isSidecar(pod, status.name)),
    ...(pod.status?.containerStatuses ?? []),
  ];
}

function isSidecar(pod: Pod, name: string): boolean {
  return (
    pod.spec.initContainers?.some((container) => container.name === name && container.restartPolicy === "Always") ??
    false
  );
}

function ready(pod: Pod): string {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always").length;
  const running = lasting(pod).filter((status) => status.ready && status.state?.running).length;
  return `${running}/${pod.spec.containers.length + sidecars}`;
}

function restarts(pod: Pod, now: Date): string {
  const initializing = (pod.status?.initContainerStatuses ?? []).some((status) => isWaitedFor(pod, status));
  const statuses = initializing ? (pod.status?.initContainerStatuses ?? []) : lasting(pod);
  const count = statuses.reduce((sum, status) => sum + status.restartCount, 0);
  const last = statuses
    .map((status) => status.lastState?.terminated?.finishedAt ?? "")
    .toSorted()
    .at(-1);
  return count > 0 && last ? `${count} (${age(last, now)} ago)` : String(count);
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const met = gates.filter((gate) =>
    pod.status?.conditions?.some((one) => one.type === gate.conditionType && one.status === "True"),
  );
  return `${met.length}/${gates.length}`;
}

/** The STATUS column: what stands out most of a pod. */
export function podStatusText(pod: Pod): string {
  const { status } = pod;
  const scheduling = status?.conditions?.find((condition) => condition.type === "PodScheduled");
  const phase =
    status?.reason || (scheduling?.reason === "SchedulingGated" ? "SchedulingGated" : (status?.phase ?? "Unknown"));
  const text = initText(pod) ?? containersText(pod, phase);
  if (pod.metadata.deletionTimestamp === undefined) return text;
  if (status?.reason === "NodeLost") return "Unknown";
  return status?.phase === "Succeeded" || status?.phase === "Failed" ? text : "Terminating";
}

function isWaitedFor(pod: Pod, status: ContainerStatus): boolean {
  if (status.state?.terminated?.exitCode === 0) return false;
  return !(isSidecar(pod, status.name) && status.started === true);
}

/** `Init:…` while an init container is not over; undefined when all are. */
function initText(pod: Pod): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const index = statuses.findIndex((status) => isWaitedFor(pod, status));
  const state = statuses[index]?.state;
  if (index < 0) return undefined;
  if (state?.terminated) return `Init:${terminatedText(state.terminated)}`;
  if (state?.waiting?.reason && state.waiting.reason !== "PodInitializing") return `Init:${state.waiting.reason}`;
  return `Init:${index}/${pod.spec.initContainers?.length ?? 0}`;
}

function containersText(pod: Pod, phase: string): string {
  const statuses = pod.status?.containerStatuses ?? [];
  let text = phase;
  // The first container's state wins over those of the later ones.
  for (const { state } of statuses.toReversed()) {
    if (state?.waiting?.reason) text = state.waiting.reason;
    else if (state?.terminated) text = terminatedText(state.terminated);
  }
  if (text !== "Completed" || !statuses.some((status) => status.ready && status.state?.running)) return text;
  return pod.status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") ? "Running" : "NotReady";
}

function terminatedText(terminated: {
  readonly reason?: string;
  readonly signal?: number;
  readonly exitCode: number;
}): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}
