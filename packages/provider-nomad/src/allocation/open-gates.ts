import type { NomadTaskState } from "../api/allocation.ts";
import type { NomadVariable } from "../api/variable.ts";
import { gateOf } from "../job/gates.ts";
import { type ContainerMeta, podMetaOf } from "../job/pod-meta.ts";
import { type NomadPod, isOver, newestFirst } from "./nomad-pod.ts";
import { taskEnds } from "./task-end.ts";

/** The gates that are to be opened now: what waits behind init containers that have ended well, and sidecars that run. */
export function gatesOf(found: NomadPod): readonly NomadVariable[] {
  const { inits, tasks } = placed(found);
  const opened: NomadVariable[] = [];
  for (const [turn, container] of inits.entries()) {
    const task = tasks[container.name];
    if (turn > 0 && task && isAtTheGate(task)) opened.push(gateOf(found.id, container.name));
    if (!task || !letsPass(container, task)) break;
  }
  return opened;
}

/**
 * The paths of gates that are of no use any more: their init containers have ended well. Deleted, they keep the order again should Nomad
 * place the job elsewhere.
 */
export function passedGatesOf(found: NomadPod): readonly string[] {
  const { inits, tasks } = placed(found);
  return inits
    .filter(({ name, kind }, turn) => turn > 0 && kind === "init" && tasks[name] && hasSucceeded(tasks[name]))
    .map(({ name }) => gateOf(found.id, name).Path);
}

function placed(found: NomadPod) {
  const [allocation] = newestFirst(found);
  const inits = podMetaOf(found.meta)?.containers.filter(({ kind }) => kind !== "regular") ?? [];
  const isLive = allocation !== undefined && !found.stopped && !isOver(allocation);
  return { inits: isLive ? inits : [], tasks: allocation?.TaskStates ?? {} };
}

function isAtTheGate({ State, Events }: NomadTaskState): boolean {
  return State === "pending" && !Events?.some(({ Type }) => Type === "Started" || Type === "Terminated");
}

/** A sidecar lets pass for good once it has been started. */
function letsPass({ kind }: ContainerMeta, task: NomadTaskState): boolean {
  if (kind === "init") return hasSucceeded(task);
  return task.State === "running" || !isAtTheGate(task);
}

function hasSucceeded(task: NomadTaskState): boolean {
  return task.State === "dead" && !task.Failed && (taskEnds(task)[0]?.exitCode ?? 0) === 0;
}
