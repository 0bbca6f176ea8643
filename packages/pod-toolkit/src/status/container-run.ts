import type { ContainerStatus } from "@virtual-kubelet/kubernetes";
import type { BackendContainer, BackendState } from "./backend-pod.ts";

/** Which run of its container a reading is about, held against what was known before. */
export interface ContainerRun {
  readonly restartCount: number;
  /** Whether the run is the one that was known. */
  readonly isKnown: boolean;
}

/**
 * A run that has ended stays so: one that runs has been started since. A backend's own count tells runs apart; where there is none,
 * or it has begun anew, the time of a start does, to the second where the API server has kept no more. What runs and is not counted is
 * taken for the same run, however its start is told.
 */
export function containerRun({ restartCount, state }: BackendContainer, before?: ContainerStatus): ContainerRun {
  if (!before) return { restartCount: restartCount ?? 0, isKnown: false };
  const known = before.restartCount;
  if (restartCount !== undefined && restartCount > known) return { restartCount, isKnown: false };
  const { running, terminated = before.lastState?.terminated } = before.state ?? {};
  const isAnother = running
    ? restartCount !== undefined && restartCount < known && isLater(timesOf(state).startedAt, running.startedAt)
    : terminated !== undefined &&
      (isAfter(timesOf(state), terminated) || (isTimeless(terminated) && "running" in state));
  if (!isAnother) return { restartCount: known, isKnown: true };
  return { restartCount: restartCount === known ? known : known + 1, isKnown: false };
}

interface RunTimes {
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

function timesOf(state: BackendState): RunTimes {
  if ("running" in state) return state.running;
  return "terminated" in state ? state.terminated : {};
}

/** Whether a run has begun since another ended. A start that is told in two ways makes no two runs: it is before the end. */
function isAfter(run: RunTimes, before: RunTimes): boolean {
  return (
    isLater(run.startedAt, before.startedAt ?? before.finishedAt) &&
    !isLater(before.finishedAt, run.startedAt) &&
    (run.finishedAt === undefined || before.finishedAt === undefined || isLater(run.finishedAt, before.finishedAt))
  );
}

/** Of an end without times nothing can be told but that it was one: what runs is another run, or it would be ended for ever. */
function isTimeless({ startedAt, finishedAt }: RunTimes): boolean {
  return startedAt === undefined && finishedAt === undefined;
}

/** Whether a time is after another, as far as both tell: to the second, where one has no fraction. Of times that are not known nothing is said. */
function isLater(time: string | undefined, than: string | undefined): boolean {
  if (time === undefined || than === undefined) return false;
  const unitMs = time.includes(".") && than.includes(".") ? 1 : 1000;
  return Math.floor(Date.parse(time) / unitMs) > Math.floor(Date.parse(than) / unitMs);
}

/** The later of two times; the first, where they are the same or one is not known. */
export function laterOf(time: string | undefined, floor: string | undefined): string | undefined {
  if (time === undefined || floor === undefined) return time;
  return Date.parse(floor) > Date.parse(time) ? floor : time;
}
