import type { BackendContainer, BackendState } from "@virtual-kubelet/pod-toolkit";
import type { NomadAllocation, NomadTaskState } from "../api/allocation.ts";
import type { ContainerMeta, PodMeta } from "../job/pod-meta.ts";
import { type StartProblem, startProblem, waitingReason } from "./start-problem.ts";
import { hasEnded, taskEnds } from "./task-end.ts";
import { isTime } from "./time.ts";

export interface TaskScene {
  readonly meta: PodMeta;
  /** Absent: the job has no place yet. */
  readonly allocation?: NomadAllocation | undefined;
  /** How often the container had been started in other places before. */
  readonly earlierRuns: number;
  /** It is gone without leaving word of how it ended. */
  readonly isGone: boolean;
}

/** What a kubelet says of a program that could not be started. */
const startError = { exitCode: 128, reason: "StartError" } as const;

/** A task of an allocation as a container. */
export function containerFromTask(container: ContainerMeta, scene: TaskScene): BackendContainer {
  const { name, kind, image } = container;
  const task = scene.allocation?.TaskStates?.[name];
  const common = { name, kind, image };
  if (!scene.allocation || !task) return { ...common, ...unplaced(scene) };
  const state = stateOf(container, task, scene);
  const [last, before] = taskEnds(task);
  const previous = "terminated" in state ? before : last;
  return {
    ...common,
    restartCount: scene.earlierRuns + restartsOf(task),
    state,
    ...(previous ? { last: previous } : {}),
  };
}

/** Nomad counts a start when it begins to wait for it, a kubelet when it has come; and none does before the first. */
export function restartsOf({ State, Restarts, StartedAt }: NomadTaskState): number {
  if (!isTime(StartedAt)) return 0;
  return State === "pending" ? Math.max(0, Restarts - 1) : Restarts;
}

function unplaced({ allocation, isGone }: TaskScene): Pick<BackendContainer, "state"> {
  const isUnknown = isGone || allocation?.ClientStatus === "lost" || allocation?.ClientStatus === "unknown";
  return { state: isUnknown ? { unknown: {} } : { waiting: {} } };
}

function stateOf(container: ContainerMeta, task: NomadTaskState, scene: TaskScene): BackendState {
  const { allocation, meta } = scene;
  const [end] = hasEnded(task) ? taskEnds(task) : [];
  if (end && (task.State === "dead" || !isRestarting(container, task, meta))) return { terminated: end };
  if (allocation?.ClientStatus === "lost" || allocation?.ClientStatus === "unknown") {
    return { unknown: { message: allocation.ClientDescription || "its client is out of reach" } };
  }
  if (task.State === "running" && isTime(task.StartedAt)) return { running: { startedAt: task.StartedAt } };
  return waitingState(container, task, scene);
}

function waitingState(container: ContainerMeta, task: NomadTaskState, { meta }: TaskScene): BackendState {
  const problem = startProblem(task);
  if (problem?.kind === "start" && task.State === "dead" && isOnce(container, meta)) {
    return { terminated: { ...startError, message: problem.message, ...finishedAt(task) } };
  }
  if (problem) return { waiting: { reason: waitingReason(problem, task), message: problem.message } };
  const restart = hasEnded(task) ? task.Events?.findLast(({ Type }) => Type === "Restarting") : undefined;
  if (restart) return { waiting: { reason: "CrashLoopBackOff", message: restart.DisplayMessage ?? restart.Type } };
  return { waiting: messageOfDriver(task) };
}

/** `Downloading image`, while it does. */
function messageOfDriver({ Events }: NomadTaskState): { readonly message?: string } {
  const event = Events?.at(-1);
  return event?.Type === "Driver" && event.DisplayMessage ? { message: event.DisplayMessage } : {};
}

/** Whether it has ended and is to be started again: not where one only waits ten years, so that its siblings live. */
function isRestarting(container: ContainerMeta, task: NomadTaskState, meta: PodMeta): boolean {
  return task.State === "pending" && hasEnded(task) && !isOnce(container, meta);
}

/** Whether the container is never started again. */
function isOnce({ kind }: ContainerMeta, { restartPolicy }: PodMeta): boolean {
  return restartPolicy === "Never" && kind !== "sidecar";
}

function finishedAt({ FinishedAt }: NomadTaskState): { readonly finishedAt?: string } {
  return isTime(FinishedAt) ? { finishedAt: FinishedAt } : {};
}

/** Why a container of an allocation that is over has never run, where that may be mended. */
export function lastingProblem(allocation: NomadAllocation): StartProblem | undefined {
  const tasks = Object.values(allocation.TaskStates ?? {});
  return tasks.flatMap((task) => startProblem(task) ?? [])[0];
}
