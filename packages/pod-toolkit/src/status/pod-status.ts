import type { Container, ContainerStatus, Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import {
  type ContainerEnd,
  ephemeralStatus,
  runningContainer,
  terminatedContainer,
  waitingContainer,
} from "./container-status.ts";
import { podPhase } from "./pod-phase.ts";
import { isSidecar } from "../pod-ref.ts";

/** Where and since when a pod runs. Times are RFC 3339, addresses IPv4 or IPv6. */
export interface PodFacts {
  /** Now, when absent. */
  readonly startedAt?: string;
  readonly podIP?: string;
  readonly hostIP?: string;
}

/** The status of a pod all of whose containers run, and whose init containers have succeeded. */
export function running(pod: Pod, facts: PodFacts = {}): PodStatus {
  const startedAt = facts.startedAt ?? new Date().toISOString();
  const done = { exitCode: 0, startedAt, finishedAt: startedAt };
  return {
    phase: "Running",
    startTime: startedAt,
    ...addresses(facts),
    ...statuses(pod, (container, isInit) =>
      isInit && !isSidecar(container)
        ? terminatedContainer(container, done)
        : runningContainer(container, { startedAt }),
    ),
  };
}

/** The status of a pod whose containers have all ended: `Succeeded` if all of them with exit code 0, else `Failed`. */
export function finished(
  pod: Pod,
  end: ContainerEnd | ((container: Container) => ContainerEnd),
  facts: PodFacts = {},
): PodStatus {
  const endOf = typeof end === "function" ? end : () => end;
  const ended = statuses(pod, (container, isInit) =>
    terminatedContainer(container, isInit && !isSidecar(container) ? { exitCode: 0 } : endOf(container)),
  );
  return {
    phase: podPhase(pod, ended, { ended: true }),
    ...(facts.startedAt ? { startTime: facts.startedAt } : {}),
    ...addresses(facts),
    ...ended,
  };
}

/** The status of a pod none of whose containers has started, and why: `{ reason: "ContainerCreating" }`. */
export function waiting(
  pod: Pod,
  why: { readonly reason: string; readonly message?: string },
  facts: PodFacts = {},
): PodStatus {
  return {
    phase: "Pending",
    ...(facts.startedAt ? { startTime: facts.startedAt } : {}),
    ...addresses(facts),
    ...statuses(pod, (container) => waitingContainer(container, why)),
  };
}

function addresses({ podIP, hostIP }: PodFacts) {
  return {
    ...(podIP ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    ...(hostIP ? { hostIP, hostIPs: [{ ip: hostIP }] } : {}),
  };
}

function statuses(pod: Pod, statusOf: (container: Container, isInit: boolean) => ContainerStatus) {
  const { initContainers: init = [], ephemeralContainers: ephemeral = [] } = pod.spec;
  return {
    ...(init.length > 0 ? { initContainerStatuses: init.map((container) => statusOf(container, true)) } : {}),
    containerStatuses: pod.spec.containers.map((container) => statusOf(container, false)),
    ...(ephemeral.length > 0
      ? { ephemeralContainerStatuses: ephemeral.map((container) => ephemeralStatus(statusOf(container, false))) }
      : {}),
  };
}
