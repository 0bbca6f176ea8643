import type { ContainerStatus, PodCondition, PodStatus } from "@virtual-kubelet/kubernetes";
import type { BackendContainer, BackendPod } from "./backend-pod.ts";
import { containerStatusFrom } from "./container-status-from.ts";
import { type PodPhase, podPhase } from "./pod-phase.ts";

export interface PodStatusFromOptions {
  /** What was last reported, or what the cluster shows after a restart: `context.pod(ref)?.status`. */
  readonly previous?: PodStatus | undefined;
}

/**
 * The status of a pod by what a backend says of it, by kubelet's rules. Held against the status before, nothing goes backwards: a pod that
 * is over stays as it was, a run that has ended stays ended, times and counts only grow, an earlier start is kept, and what the backend
 * cannot tell is as it was. The last state of a container that was started again is kept, or made of what was seen.
 *
 * @example
 * ```ts
 * import { podStatusFrom } from "@virtual-kubelet/pod-toolkit";
 *
 * const state = { terminated: { exitCode: 137, isOutOfMemory: true, finishedAt: "2026-01-02T03:04:05Z" } };
 * const status = podStatusFrom({
 *   restartPolicy: "Never",
 *   containers: [{ name: "web", kind: "regular", image: "web:1", state }],
 * });
 * // status.phase is "Failed", and the container's reason is "OOMKilled".
 * ```
 */
export function podStatusFrom(backend: BackendPod, { previous }: PodStatusFromOptions = {}): PodStatus {
  if (previous && (previous.phase === "Succeeded" || previous.phase === "Failed")) return previous;
  const statuses = containerStatusesOf(backend, previous);
  const { reason, message } = backend;
  const startTime = previous?.startTime ?? backend.startedAt;
  return {
    phase: phaseOf(backend, statuses, previous),
    ...(startTime ? { startTime } : {}),
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    ...addressesOf(backend, previous),
    ...conditionsOf(backend, previous),
    ...statuses,
  };
}

type Statuses = Pick<PodStatus, "initContainerStatuses" | "containerStatuses" | "ephemeralContainerStatuses">;

function containerStatusesOf(pod: BackendPod, previous: PodStatus | undefined): Statuses {
  const known = new Map(allOf(previous).map((status) => [status.name, status]));
  const statusesOf = (...kinds: readonly BackendContainer["kind"][]) =>
    pod.containers
      .filter(({ kind }) => kinds.includes(kind))
      .map((container) => containerStatusFrom(container, { pod, before: known.get(container.name) }));
  const init = statusesOf("init", "sidecar");
  const ephemeral = statusesOf("ephemeral");
  return {
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: statusesOf("regular"),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
  };
}

function allOf(status: PodStatus | undefined): readonly ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
}

/** What runs does not become pending again, and what nothing will be started of is not pending. */
function phaseOf(
  { restartPolicy, containers, isEnded = false }: BackendPod,
  statuses: Statuses,
  previous?: PodStatus,
): PodPhase {
  const init = containers.filter(({ kind }) => kind === "init" || kind === "sidecar");
  const spec = {
    restartPolicy,
    initContainers: init.map(({ name, kind }) => ({
      name,
      ...(kind === "sidecar" ? { restartPolicy: "Always" } : {}),
    })),
    containers: containers.filter(({ kind }) => kind === "regular"),
  };
  const phase = podPhase({ spec }, statuses, { ended: isEnded });
  const { initContainerStatuses = [], containerStatuses = [] } = statuses;
  // As with a kubelet, a pod is over when its last process is, sidecars included.
  const isOver = phase !== "Running" && !initContainerStatuses.some(({ state }) => state?.running);
  if (phase === "Running" || (isOver && phase !== "Pending")) return phase;
  if (isOver && isEnded) return "Failed";
  const hasStarted = phase !== "Pending" && containerStatuses.some(({ state }) => state?.terminated);
  return hasStarted || previous?.phase === "Running" ? "Running" : "Pending";
}

function addressesOf({ podIPs, hostIPs }: BackendPod, previous: PodStatus | undefined): Partial<PodStatus> {
  const pod = podIPs?.length ? podIPs.map((ip) => ({ ip })) : previous?.podIPs;
  const host = hostIPs?.length ? hostIPs.map((ip) => ({ ip })) : previous?.hostIPs;
  return {
    ...(pod?.[0]?.ip ? { podIP: pod[0].ip, podIPs: pod } : {}),
    ...(host?.[0]?.ip ? { hostIP: host[0].ip, hostIPs: host } : {}),
  };
}

function conditionsOf({ disruption }: BackendPod, previous: PodStatus | undefined): Partial<PodStatus> {
  const known = previous?.conditions?.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
  const condition: PodCondition | undefined = disruption && { type: "DisruptionTarget", status: "True", ...disruption };
  const shown = known ?? condition;
  return shown ? { conditions: [shown] } : {};
}
