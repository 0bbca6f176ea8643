import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from "@virtual-kubelet/kubernetes";
import { providerErrorPolicies } from "@virtual-kubelet/provider";
import { type ResizeProblem, podConditions } from "./pod-conditions.ts";
import { type PodRecord, hasEnded, hasStarted, isTerminal } from "../pod-record.ts";

/**
 * The status that the cluster should show of a pod; `undefined` when there is nothing to say yet, or nothing any more: a
 * terminal phase is final. `isOver` says that the backend has confirmed the pod's end.
 */
export function desiredStatus(
  record: PodRecord,
  now: Date,
  options: { readonly isOver?: boolean } = {},
): PodStatus | undefined {
  const { pod, observed } = record;
  if (!pod || record.objectGone || isTerminal(pod.status?.phase)) return undefined;
  const status = bareStatus(record, pod, options.isOver ?? false);
  if (!status) return undefined;
  const startTime = pod.status?.startTime ?? status.startTime ?? now.toISOString();
  const full = inSeconds({ ...status, startTime });
  return {
    ...full,
    conditions: podConditions(pod, full, { now, resize: resizeOf(record), disruption: disruptionOf(record) }),
    ...(observed.type === "present" && pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
  };
}

/** The one condition that is the provider's to say: that the pod had to go for no fault of its own. Jobs go by it. */
function disruptionOf({ observed }: PodRecord): PodCondition | undefined {
  const conditions = observed.type === "present" ? observed.state.status?.conditions : undefined;
  return conditions?.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
}

/** A resize that the provider cannot make, as a kubelet says it. */
function resizeOf({ unapplied }: PodRecord): ResizeProblem | undefined {
  return unapplied?.changes.includes("resources") ? { reason: "Infeasible", message: unapplied.why } : undefined;
}

function bareStatus(record: PodRecord, pod: Pod, isOver: boolean): PodStatus | undefined {
  const { observed, failure, refusal } = record;
  if (observed.type === "present" && observed.state.status && (!isOver || hasEnded(observed.state))) {
    const { conditions: _nodesOwn, qosClass: _apiServersOwn, ...status } = observed.state.status;
    return { ...status, phase: status.phase ?? pod.status?.phase ?? "Pending", ...addressesOf(status) };
  }
  if (isOver || (record.lost && hasStarted(pod))) return lostStatus(pod);
  // What has started never waits to be created again, whatever becomes of it.
  if (hasStarted(pod)) return undefined;
  if (refusal) return refusedStatus(pod, refusal);
  if (failure) {
    return waitingStatus(pod, { reason: providerErrorPolicies[failure.code].waitingReason, message: failure.message });
  }
  return record.created === "yes" ? waitingStatus(pod, { reason: "ContainerCreating" }) : undefined;
}

/** The first address and the list of all say the same: the API server shows both where it was given one. */
function addressesOf({ podIP, podIPs, hostIP, hostIPs }: PodStatus): Partial<PodStatus> {
  const first = podIP ?? podIPs?.[0]?.ip;
  const host = hostIP ?? hostIPs?.[0]?.ip;
  return {
    ...(first ? { podIP: first, podIPs: podIPs ?? [{ ip: first }] } : {}),
    ...(host ? { hostIP: host, hostIPs: hostIPs ?? [{ ip: host }] } : {}),
  };
}

/** As a kubelet says it where the node is told to do as kubelets do; else the pod waits, and whoever made it makes no other. */
function refusedStatus(pod: Pod, { reason, message, fails }: NonNullable<PodRecord["refusal"]>): PodStatus {
  if (fails) return { phase: "Failed", reason, message: `Pod was rejected: ${message}` };
  return waitingStatus(pod, { reason, message });
}

function waitingStatus(pod: Pod, waiting: { readonly reason: string; readonly message?: string }): PodStatus {
  const init = pod.spec.initContainers ?? [];
  return {
    phase: "Pending",
    ...(init.length > 0 ? { initContainerStatuses: init.map((container) => statusOf(container, { waiting })) } : {}),
    containerStatuses: pod.spec.containers.map((container) =>
      statusOf(container, { waiting: init.length > 0 ? { reason: "PodInitializing" } : waiting }),
    ),
  };
}

function statusOf(container: Container, state: ContainerState): ContainerStatus {
  const { name, image = "" } = container;
  return { name, image, imageID: "", ready: false, started: false, restartCount: 0, state };
}

/**
 * The backend has lost the pod, or has ended it without saying how: what had ended stays as it was, the rest is unknown. One
 * that was deleted before it started fails too, or a Job that replaces only failed pods would never let go of it.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/status/status_manager.go (`TerminatePod`)
 */
function lostStatus(pod: Pod): PodStatus {
  const { conditions: _, ...before } = pod.status ?? {};
  const ends = (statuses: readonly ContainerStatus[]) =>
    statuses.map((status): ContainerStatus => {
      if (status.state?.terminated) return status;
      const terminated = {
        exitCode: 137,
        reason: "ContainerStatusUnknown",
        message: "The container could not be located when the pod was terminated",
      };
      return { ...status, ready: false, started: false, state: { terminated } };
    });
  const containerStatuses = ends(before.containerStatuses ?? []);
  const isSuccess = pod.spec.containers.every((container) =>
    containerStatuses.some(({ name, state }) => name === container.name && state?.terminated?.exitCode === 0),
  );
  return {
    ...before,
    phase: isSuccess ? "Succeeded" : "Failed",
    ...(before.initContainerStatuses ? { initContainerStatuses: ends(before.initContainerStatuses) } : {}),
    containerStatuses,
  };
}

/** The API server keeps whole seconds; what it would cut off must not look like a difference for ever. */
function inSeconds<T>(value: T): T {
  if (typeof value === "string") return value.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z$/, "$1Z") as T;
  if (Array.isArray(value)) return value.map(inSeconds) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, inSeconds(nested)])) as T;
}
