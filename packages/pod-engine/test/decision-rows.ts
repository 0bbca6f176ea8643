import type { ContainerStatus, PodStatus } from "@virtual-kubelet/kubernetes";
import { type Action, type PodSituation, nextSteps } from "../src/index.ts";
import { now } from "./situations.ts";

/** A situation, and what is to follow from it. */
export interface Row {
  readonly it: string;
  readonly given: PodSituation;
  readonly actions: readonly string[];
  readonly states: readonly string[];
  readonly phase: string;
  readonly ended?: boolean;
  readonly wakeInSeconds?: number;
}

/** What a row says is to be seen. */
export function expectedOf({ actions, states: expected, phase, ended = false, wakeInSeconds }: Row): object {
  return { actions, states: expected, phase, ended, wakeInSeconds };
}

/** What follows from a situation, in words. */
export function seenIn(given: PodSituation): object {
  const { actions, status, ended, wakeAtMs } = nextSteps(given, { nowMs: now });
  const wakeInSeconds = wakeAtMs === undefined ? undefined : (wakeAtMs - now) / 1000;
  return { actions: actions.map(words), states: states(status), phase: status.phase, ended, wakeInSeconds };
}

/** An action in a word: `start app 0`, `stop app 30`. */
function words(action: Action): string {
  switch (action.type) {
    case "start":
      return `start ${action.container.name} ${action.attempt}`;
    case "stop":
      return `stop ${action.instance.container} ${action.gracePeriodSeconds}`;
    default:
      return `${action.type} ${action.instance.container} ${action.instance.attempt}`;
  }
}

/** A status in a word: `app Waiting CrashLoopBackOff`, `app Running`, `app Terminated 3 Error`. */
function stateWords({ name, state }: ContainerStatus): string {
  if (state?.running) return `${name} Running`;
  if (state?.terminated) return `${name} ${state.terminated.reason} ${state.terminated.exitCode}`;
  return `${name} ${state?.waiting?.reason}`;
}

function states(status: PodStatus): readonly string[] {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = status;
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].map(stateWords);
}
