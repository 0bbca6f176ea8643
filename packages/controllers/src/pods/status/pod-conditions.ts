import type { ContainerStatus, Pod, PodCondition, PodStatus } from "@virtual-kubelet/kubernetes";

type Verdict = Pick<PodCondition, "type" | "status" | "reason" | "message">;

/** Why the resources of a running pod are not as its spec has them (KEP-1287). */
export type ResizeProblem = Required<Pick<PodCondition, "reason" | "message">>;

export interface ConditionFacts {
  readonly now: Date;
  readonly resize?: ResizeProblem | undefined;
  /** As the provider says it. */
  readonly disruption?: Verdict | undefined;
}

/**
 * The conditions that a node answers for. Those of others stay untouched: a patch merges them by type.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/status/generate.go
 */
export function podConditions(
  pod: Pod,
  status: PodStatus,
  { now, resize, disruption }: ConditionFacts,
): readonly PodCondition[] {
  const before = pod.status?.conditions ?? [];
  const containersReady = containersReadyOf(pod, status);
  const verdicts: readonly Verdict[] = [
    // A pod that was bound without a scheduler has nobody else to say so.
    { type: "PodScheduled", status: "True" },
    readyToStartOf(status),
    initializedOf(pod, status),
    containersReady,
    readyOf(pod, containersReady),
    ...(resize ? [{ type: "PodResizePending", status: "True", ...resize }] : []),
    ...(disruption ? [verdictOf(disruption)] : []),
  ];
  return verdicts.map((verdict) => {
    const last = before.find(({ type }) => type === verdict.type);
    const kept = last?.status === verdict.status ? last.lastTransitionTime : undefined;
    return { ...verdict, lastTransitionTime: kept ?? `${now.toISOString().slice(0, 19)}Z` };
  });
}

function verdictOf({ type, status, reason, message }: Verdict): Verdict {
  return { type, status, ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

function readyToStartOf({ phase, containerStatuses = [], initContainerStatuses = [] }: PodStatus): Verdict {
  const isSet = [...containerStatuses, ...initContainerStatuses].some(
    ({ state }) => state?.running || state?.terminated,
  );
  return { type: "PodReadyToStartContainers", status: isSet && !hasEnded(phase) ? "True" : "False" };
}

function initializedOf({ spec }: Pod, { phase, initContainerStatuses = [] }: PodStatus): Verdict {
  const type = "Initialized";
  if (phase === "Succeeded") return { type, status: "True", reason: "PodCompleted" };
  const incomplete = (spec.initContainers ?? []).filter((container) => {
    const status = initContainerStatuses.find(({ name }) => name === container.name);
    return container.restartPolicy === "Always" ? !status?.started : status?.state?.terminated?.exitCode !== 0;
  });
  if (incomplete.length === 0) return { type, status: "True" };
  const names = incomplete.map(({ name }) => name).join(" ");
  return {
    type,
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${names}]`,
  };
}

function containersReadyOf(
  { spec }: Pod,
  { phase, containerStatuses = [], initContainerStatuses = [] }: PodStatus,
): Verdict {
  const type = "ContainersReady";
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const unready = [
    ...sidecars.filter(({ name }) => !isReady(name, initContainerStatuses)),
    ...spec.containers.filter(({ name }) => !isReady(name, containerStatuses)),
  ];
  if (unready.length === 0) return { type, status: "True" };
  const names = unready.map(({ name }) => name).join(" ");
  return { type, status: "False", reason: "ContainersNotReady", message: `containers with unready status: [${names}]` };
}

function readyOf(pod: Pod, containersReady: Verdict): Verdict {
  if (containersReady.status !== "True") return { ...containersReady, type: "Ready" };
  const closed = (pod.spec.readinessGates ?? []).filter(
    ({ conditionType }) =>
      !pod.status?.conditions?.some(({ type, status }) => type === conditionType && status === "True"),
  );
  if (closed.length === 0) return { type: "Ready", status: "True" };
  const message = closed.map(
    ({ conditionType }) =>
      `corresponding condition of pod readiness gate "${conditionType}" does not exist or is not True.`,
  );
  return { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message: message.join(", ") };
}

function isReady(container: string, statuses: readonly ContainerStatus[]): boolean {
  return statuses.some(({ name, ready }) => name === container && ready);
}

function hasEnded(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}
