import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "@virtual-kubelet/kubernetes";
import { timestamp } from "../../../storage/deletion.ts";
import type { Revisions } from "./revisions.ts";
import { replicasOf, rolloutBounds, sumOf } from "./rollout-bounds.ts";

/** No deadline: the largest 32-bit number. */
const endless = 2 ** 31 - 1;

export interface StatusOptions extends Revisions {
  readonly nowMs: number;
  /** Whether `current` was created just now. */
  readonly created: boolean;
}

/** The status by the status of the ReplicaSets, and when the progress deadline will change it (controller-manager, `syncRolloutStatus`). */
export function deploymentStatus(
  deployment: Deployment,
  options: StatusOptions,
): { readonly status: DeploymentStatus; readonly recheckMs: number | undefined } {
  const counts = countsOf(deployment, options);
  const { progressDeadlineSeconds: deadline = 600 } = deployment.spec;
  const conditions = [availability(deployment, counts, options.nowMs)];
  const progress = deadline === endless ? undefined : progressOf(deployment, counts, options);
  if (progress) conditions.push(progress);
  const others = (deployment.status?.conditions ?? []).filter(
    ({ type }) => type !== "Available" && type !== "Progressing",
  );
  const { conditions: _, ...before } = deployment.status ?? {};
  return {
    status: { ...before, ...counts, conditions: [...conditions, ...others] },
    recheckMs: timeLeft(deployment, progress, options.nowMs),
  };
}

interface Counts {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
  readonly terminatingReplicas: number;
}

function countsOf(deployment: Deployment, { current, old }: Revisions): Counts {
  const all = current ? [...old, current] : old;
  const sum = (value: (status: NonNullable<ReplicaSet["status"]>) => number | undefined): number =>
    sumOf(all, ({ status }) => (status && value(status)) ?? 0);
  const availableReplicas = sum((status) => status.availableReplicas);
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum((status) => status.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum((status) => status.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, sumOf(all, replicasOf) - availableReplicas),
    terminatingReplicas: sum((status) => status.terminatingReplicas),
  };
}

/** Whether the rollout is over and everything available. */
export function isComplete(
  deployment: Deployment,
  { updatedReplicas, replicas, availableReplicas }: DeploymentStatus,
): boolean {
  const wanted = replicasOf(deployment);
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
}

function availability(deployment: Deployment, counts: Counts, nowMs: number): DeploymentCondition {
  const enough = counts.availableReplicas >= replicasOf(deployment) - rolloutBounds(deployment).maxUnavailable;
  const words = enough
    ? { status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : {
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  return condition(conditionOf(deployment, "Available"), { type: "Available", ...words }, nowMs);
}

function progressOf(deployment: Deployment, counts: Counts, options: StatusOptions): DeploymentCondition | undefined {
  const { current, created, nowMs } = options;
  const before = conditionOf(deployment, "Progressing");
  const become = (status: string, reason: string, message: string): DeploymentCondition =>
    condition(before, { type: "Progressing", status, reason, message }, nowMs);
  if (deployment.spec.paused) return become("Unknown", "DeploymentPaused", "Deployment is paused");
  if (before?.reason === "DeploymentPaused") return become("Unknown", "DeploymentResumed", "Deployment is resumed");
  const name = current?.metadata.name ?? deployment.metadata.name;
  const what = current ? `ReplicaSet "${name}"` : `Deployment "${name}"`;
  if (current && created) return become("True", "NewReplicaSetCreated", `Created new replica set "${name}"`);
  if (before?.reason === "NewReplicaSetAvailable" && counts.replicas === counts.updatedReplicas) return before;
  if (isComplete(deployment, counts))
    return become("True", "NewReplicaSetAvailable", `${what} has successfully progressed.`);
  if (hasProgressed(deployment.status, counts)) {
    const progressed = become("True", "ReplicaSetUpdated", `${what} is progressing.`);
    return { ...progressed, lastUpdateTime: timestamp(new Date(nowMs)) };
  }
  if (current && !before) return become("True", "FoundNewReplicaSet", `Found new replica set "${name}"`);
  const left = timeLeft(deployment, before, nowMs);
  if (left !== undefined && left <= 0)
    return become("False", "ProgressDeadlineExceeded", `${what} has timed out progressing.`);
  return before;
}

function hasProgressed(before: DeploymentStatus = {}, now: Counts): boolean {
  const { updatedReplicas = 0, replicas = 0, readyReplicas = 0, availableReplicas = 0 } = before;
  return (
    now.updatedReplicas > updatedReplicas ||
    now.replicas - now.updatedReplicas < replicas - updatedReplicas ||
    now.readyReplicas > readyReplicas ||
    now.availableReplicas > availableReplicas
  );
}

/** Milliseconds until a rollout that is under way counts as stuck. */
function timeLeft(
  deployment: Deployment,
  progress: DeploymentCondition | undefined,
  nowMs: number,
): number | undefined {
  const { progressDeadlineSeconds = 600, paused } = deployment.spec;
  const settled = ["NewReplicaSetAvailable", "ProgressDeadlineExceeded"].includes(progress?.reason ?? "");
  if (!progress || settled || paused) return undefined;
  return Date.parse(progress.lastUpdateTime ?? "") + progressDeadlineSeconds * 1000 - nowMs;
}

function conditionOf(deployment: Deployment, type: string): DeploymentCondition | undefined {
  return deployment.status?.conditions?.find((one) => one.type === type);
}

/** The condition as it was when it says the same; with its time of transition when only the reason is new. */
function condition(
  before: DeploymentCondition | undefined,
  next: DeploymentCondition,
  nowMs: number,
): DeploymentCondition {
  const now = timestamp(new Date(nowMs));
  if (before?.status === next.status && before.reason === next.reason) return before;
  const moved = before?.status === next.status ? before.lastTransitionTime : undefined;
  return { ...next, lastUpdateTime: now, lastTransitionTime: moved ?? now };
}
