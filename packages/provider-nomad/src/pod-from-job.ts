import type { PodStatus } from "@virtual-kubelet/kubernetes";
import { type BackendPod, podStatusFrom } from "@virtual-kubelet/pod-toolkit";
import type { PodState } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "./api/allocation.ts";
import { containerFromTask, lastingProblem, restartsOf } from "./allocation/container-from-task.ts";
import { type NomadPod, isOver, newestFirst } from "./allocation/nomad-pod.ts";
import { timeOf } from "./allocation/time.ts";
import { tagsOf } from "./job/identity.ts";
import { type PodMeta, podMetaOf } from "./job/pod-meta.ts";

export type { NomadPod } from "./allocation/nomad-pod.ts";
export { gatesOf, passedGatesOf } from "./allocation/open-gates.ts";
export { placementProblem } from "./allocation/placement-problem.ts";

export interface PodFromJobOptions {
  /** What was reported last: times stay, and what is unknown now does not undo it. */
  readonly previous?: PodStatus | undefined;
}

/** What the backend knows of the pod that a job runs; `undefined`: not ours. */
export function podFromJob(found: NomadPod, { previous }: PodFromJobOptions = {}): PodState | undefined {
  const tags = tagsOf(found.meta);
  const meta = podMetaOf(found.meta);
  if (!tags || !meta) return undefined;
  const backend = backendPod(found, meta);
  const status = podStatusFrom(backend, previous ? { previous } : {});
  const { pod, revision } = tags;
  // It has not succeeded, though its programs may have taken the end well.
  const phase = backend.disruption ? { phase: "Failed" } : {};
  return { ...pod, status: { ...status, ...phase }, ...(revision === undefined ? {} : { revision }) };
}

/**
 * Whether the job has come to an end that it should not have: a container could not be started, by a failure that may be mended, and Nomad
 * does not try it again by itself. The job that Nomad has, registered as `triedAgain` has it, makes a new allocation.
 */
export function isStuck(found: NomadPod): boolean {
  const [allocation] = newestFirst(found);
  const meta = podMetaOf(found.meta);
  return !found.stopped && allocation !== undefined && meta !== undefined && isStuckIn(allocation, meta);
}

function backendPod(found: NomadPod, meta: PodMeta): BackendPod {
  const [allocation, ...earlier] = newestFirst(found);
  const first = earlier.at(-1) ?? allocation;
  const startedAt = timeOf(first?.CreateTime);
  return {
    ...(allocation ? { id: `nomad://${allocation.ID}` } : {}),
    restartPolicy: meta.restartPolicy,
    containers: meta.containers.map((container) =>
      containerFromTask(container, {
        meta,
        allocation,
        earlierRuns: runsOf(container.name, earlier),
        isGone: isGone(found),
      }),
    ),
    ...(startedAt ? { startedAt } : {}),
    ...addressesOf(allocation),
    ...(isEnded(found, meta) ? { isEnded: true } : {}),
    ...disruptionOf(allocation),
  };
}

/** Without an allocation, and never to have one. */
function isGone({ stopped, allocations }: NomadPod): boolean {
  return stopped && allocations.length === 0;
}

function isEnded(found: NomadPod, meta: PodMeta): boolean {
  const [allocation] = newestFirst(found);
  if (!allocation) return isGone(found);
  return isOver(allocation) && (found.stopped || !isStuckIn(allocation, meta));
}

/** An image that cannot be pulled is waited for whatever the policy says; a program that cannot be started, where it would be again. */
function isStuckIn(allocation: NomadAllocation, { restartPolicy }: PodMeta): boolean {
  if (allocation.ClientStatus !== "failed" || allocation.DesiredStatus !== "run") return false;
  const problem = lastingProblem(allocation);
  return problem !== undefined && (problem.kind !== "start" || restartPolicy !== "Never");
}

function runsOf(task: string, earlier: readonly NomadAllocation[]): number {
  const states = earlier.flatMap(({ TaskStates }) => TaskStates?.[task] ?? []);
  return states
    .filter(({ Events, Restarts }) => Restarts > 0 || Events?.some(({ Type }) => Type === "Started"))
    .reduce((runs, state) => runs + restartsOf(state) + 1, 0);
}

/** A pod without a network of its own has its client's address. */
function addressesOf(allocation: NomadAllocation | undefined): Pick<BackendPod, "podIPs" | "hostIPs"> {
  const { Networks } = allocation?.AllocatedResources?.Shared ?? {};
  const host = Networks?.map(({ IP }) => IP).find(Boolean);
  const own = allocation?.NetworkStatus?.Address || (Networks?.[0]?.Mode === "bridge" ? undefined : host);
  return { ...(own ? { podIPs: [own] } : {}), ...(host ? { hostIPs: [host] } : {}) };
}

function disruptionOf(allocation: NomadAllocation | undefined): Pick<BackendPod, "reason" | "message" | "disruption"> {
  if (!allocation || !isOver(allocation)) return {};
  if (allocation.PreemptedByAllocation || allocation.DesiredStatus === "evict") {
    return disrupted(
      "Preempted",
      `Nomad needed its place for allocation ${allocation.PreemptedByAllocation || "of a higher priority"}`,
    );
  }
  if (allocation.ClientStatus === "lost")
    return disrupted("NodeLost", allocation.DesiredDescription || "its client of Nomad is lost");
  return {};
}

function disrupted(reason: string, message: string): Pick<BackendPod, "reason" | "message" | "disruption"> {
  return { reason, message, disruption: { reason, message } };
}
