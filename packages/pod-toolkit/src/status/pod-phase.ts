import type { Container, ContainerStatus, PodSpec } from "@virtual-kubelet/kubernetes";
import { isSidecar } from "../pod-ref.ts";

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

/** As much of a pod as makes its phase. */
export interface PhasePod {
  readonly spec: Pick<PodSpec, "restartPolicy"> & {
    readonly initContainers?: readonly PhaseContainer[];
    readonly containers: readonly PhaseContainer[];
  };
}
type PhaseContainer = Pick<Container, "name" | "restartPolicy">;

/** The statuses that a phase is computed from. */
export interface ContainerStatuses {
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/**
 * The phase of a pod by the states of its containers. `ended` says that no container will be started again: the pod is
 * being deleted, or is past its deadline.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`getPhase`)
 */
export function podPhase(
  pod: PhasePod,
  statuses: ContainerStatuses,
  options: { readonly ended?: boolean } = {},
): PodPhase {
  const policy = pod.spec.restartPolicy ?? "Always";
  const counts = count(pod, statuses.containerStatuses);
  const initialization = initializationOf(pod, statuses.initContainerStatuses);

  if (initialization === "failed" && (policy === "Never" || options.ended)) return "Failed";
  if (initialization !== "done" && !(options.ended && counts.stopped > 0)) return "Pending";
  if (counts.waiting > 0 && !(options.ended && counts.running === 0)) return "Pending";
  if (counts.running > 0 && counts.unknown === 0) return "Running";
  if (counts.stopped === 0 || counts.unknown > 0) return "Pending";
  if (options.ended) return counts.stopped === counts.succeeded && counts.waiting === 0 ? "Succeeded" : "Failed";
  if (policy === "Always") return "Running";
  if (counts.stopped === counts.succeeded) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

function initializationOf(pod: PhasePod, statuses: readonly ContainerStatus[] = []): "done" | "pending" | "failed" {
  let pending = false;
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.find(({ name }) => name === container.name);
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (isSidecar(container)) {
      if (!status?.started && !ended) pending = true;
    } else if (ended) {
      if (ended.exitCode !== 0) return "failed";
    } else {
      pending = true;
    }
  }
  return pending ? "pending" : "done";
}

function count(pod: PhasePod, statuses: readonly ContainerStatus[] = []) {
  const counts = { running: 0, waiting: 0, stopped: 0, succeeded: 0, unknown: 0 };
  for (const container of pod.spec.containers) {
    const status = statuses.find(({ name }) => name === container.name);
    if (!status) counts.unknown++;
    else if (status.state?.running) counts.running++;
    else if (status.state?.terminated) {
      counts.stopped++;
      if (status.state.terminated.exitCode === 0) counts.succeeded++;
    } else if (status.lastState?.terminated) counts.stopped++;
    else counts.waiting++;
  }
  return counts;
}
