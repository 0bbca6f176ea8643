import type { Container, ContainerState, ContainerStatus } from "@virtual-kubelet/kubernetes";

/** What is known of one run of a container, and of the one before it. */
export interface ContainerFacts {
  readonly containerID?: string;
  readonly imageID?: string;
  /** How often it was started again. */
  readonly restartCount?: number;
  /** How the run before this one ended. */
  readonly lastState?: ContainerState;
}

/** A container that has not started, or waits to be started again, and why: `{ reason: "CrashLoopBackOff", message }`. */
export function waitingContainer(
  container: Container,
  waiting: { readonly reason: string; readonly message?: string },
  facts: ContainerFacts = {},
): ContainerStatus {
  return { ...common(container, facts), ready: false, started: false, state: { waiting } };
}

/** A container that runs since `startedAt` (RFC 3339). Without a readiness probe it is ready. */
export function runningContainer(
  container: Container,
  running: { readonly startedAt: string; readonly ready?: boolean; readonly started?: boolean },
  facts: ContainerFacts = {},
): ContainerStatus {
  const { startedAt, ready = true, started = true } = running;
  return { ...common(container, facts), ready, started, state: { running: { startedAt } } };
}

/** An ephemeral container's status: it is neither probed nor waited for, so kubelet calls it neither ready nor started. */
export function ephemeralStatus({ started: _started, ...status }: ContainerStatus): ContainerStatus {
  return { ...status, ready: false };
}

/** How a container ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  /** Kubelet's word for it; `Completed` or `Error` by the exit code when absent. */
  readonly reason?: string;
  readonly message?: string;
  readonly signal?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

/** A container that has ended. */
export function terminatedContainer(
  container: Container,
  end: ContainerEnd,
  facts: ContainerFacts = {},
): ContainerStatus {
  const reason = end.reason ?? (end.exitCode === 0 ? "Completed" : "Error");
  const terminated = { ...end, reason, ...(facts.containerID ? { containerID: facts.containerID } : {}) };
  return { ...common(container, facts), ready: false, started: false, state: { terminated } };
}

/**
 * How a container ended whose end nobody saw.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`convertToAPIContainerStatuses`)
 */
export const unknownEnd: ContainerEnd = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
};

function common(container: Container, facts: ContainerFacts) {
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: facts.imageID ?? "",
    restartCount: facts.restartCount ?? 0,
    ...(facts.containerID ? { containerID: facts.containerID } : {}),
    ...(facts.lastState ? { lastState: facts.lastState } : {}),
  };
}
