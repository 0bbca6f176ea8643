import type { ContainerStatus, Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodEventRecord } from "@virtual-kubelet/provider";

/**
 * The events that a kubelet would have recorded between two statuses of a pod, for a backend that tells only states. What
 * happened and passed in between is not known, and not told.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/events/event.go
 */
export function stateEvents(pod: Pod, before: PodStatus | undefined, after: PodStatus): readonly PodEventRecord[] {
  const known = new Map(statusesOf(before).map((status) => [status.name, status]));
  return statusesOf(after).flatMap((status) => [
    ...startEvents(status, known.get(status.name)),
    ...waitEvents(pod, status, known.get(status.name)),
    ...readyEvents(status, known.get(status.name)),
  ]);
}

/** What a kubelet says of each container that it is about to stop. */
export function killingEvents(status: PodStatus | undefined): readonly PodEventRecord[] {
  return statusesOf(status)
    .filter(({ state }) => state?.running)
    .map(({ name }) => normal(name, "Killing", `Stopping container ${name}`));
}

function startEvents({ name, state, restartCount }: ContainerStatus, before?: ContainerStatus): PodEventRecord[] {
  const run = state?.running ?? state?.terminated;
  // A container that could not be started has ended too, for some backends.
  if (!run?.startedAt) return [];
  const last = before?.state?.running ?? before?.state?.terminated;
  if (last?.startedAt === run.startedAt || (last && before?.restartCount === restartCount)) return [];
  return [normal(name, "Created", `Container created`), normal(name, "Started", `Container started`)];
}

const imageReasons = new Set(["ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"]);
const failedReasons = new Set(["CreateContainerConfigError", "CreateContainerError", "RunContainerError"]);

function waitEvents(pod: Pod, { name, image, state }: ContainerStatus, before?: ContainerStatus): PodEventRecord[] {
  const { reason, message } = state?.waiting ?? {};
  if (!reason || before?.state?.waiting?.reason === reason) return [];
  if (reason === "CrashLoopBackOff") {
    const { namespace, name: podName, uid } = pod.metadata;
    const text = `Back-off restarting failed container ${name} in pod ${podName}_${namespace}(${uid})`;
    return [{ type: "Warning", reason: "BackOff", message: text, container: name }];
  }
  if (reason === "ImagePullBackOff") return [normal(name, "BackOff", `Back-off pulling image "${image}"`)];
  if (!imageReasons.has(reason) && !failedReasons.has(reason)) return [];
  return [{ type: "Warning", reason: "Failed", message: message ? `Error: ${message}` : reason, container: name }];
}

/** A backend that probes tells by readiness alone what its probes have found. */
function readyEvents({ name, ready, state }: ContainerStatus, before?: ContainerStatus): PodEventRecord[] {
  const isLost = before?.ready && !ready && state?.running && before.state?.running;
  if (!isLost) return [];
  return [{ type: "Warning", reason: "Unhealthy", message: "The container is no longer ready", container: name }];
}

function normal(container: string, reason: string, message: string): PodEventRecord {
  return { type: "Normal", reason, message, container };
}

/** A provider is written by others, and may be plain JavaScript: what is no list of statuses tells nothing, and keeps no pod. */
function statusesOf(status: PodStatus | undefined): readonly ContainerStatus[] {
  const { initContainerStatuses, containerStatuses, ephemeralContainerStatuses } = status ?? {};
  return [initContainerStatuses, containerStatuses, ephemeralContainerStatuses]
    .flatMap((statuses) => (Array.isArray(statuses) ? (statuses as readonly ContainerStatus[]) : []))
    .filter((each) => typeof each === "object" && each !== null);
}
