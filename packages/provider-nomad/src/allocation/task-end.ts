import type { BackendEnd } from "@virtual-kubelet/pod-toolkit";
import type { NomadTaskEvent, NomadTaskState } from "../api/allocation.ts";
import { isTime, timeOf } from "./time.ts";

/** How the runs of a task ended that Nomad still knows of, the last one first. */
export function taskEnds({ Events, StartedAt, FinishedAt }: NomadTaskState): readonly BackendEnd[] {
  const events = Events ?? [];
  return events
    .flatMap((event, index) => (event.Type === "Terminated" ? [{ event, before: events.slice(0, index) }] : []))
    .toReversed()
    .map(({ event, before }, index) => {
      // The first events go first: of the run that is last, the state knows the start.
      const started = before.findLast(({ Type }) => Type === "Started");
      const startedAt = started ? timeOf(started.Time) : index === 0 && isTime(StartedAt) ? StartedAt : undefined;
      const finishedAt = timeOf(event.Time) ?? (isTime(FinishedAt) ? FinishedAt : undefined);
      return { ...endOf(event), ...(startedAt ? { startedAt } : {}), ...(finishedAt ? { finishedAt } : {}) };
    });
}

/** Whether it is waited for something between a run that ended and the next. */
export function hasEnded({ Events }: NomadTaskState): boolean {
  const last = (Events ?? []).findLast(({ Type }) => Type === "Started" || Type === "Terminated");
  return last?.Type === "Terminated";
}

/** Drivers say a signal's end by its number, by an exit code of 128 and more, or by both. */
function endOf({ Details, DisplayMessage }: NomadTaskEvent): BackendEnd {
  const { exit_code: code, signal, oom_killed: oom, exit_message: message } = Details ?? {};
  const exitCode = numberOf(code);
  const signalNumber = numberOf(signal) || (exitCode !== undefined && exitCode > 128 ? exitCode - 128 : 0);
  const isKnown = exitCode !== undefined && !(exitCode === 0 && signalNumber > 0);
  const text = message || (isKnown || signalNumber > 0 ? undefined : DisplayMessage);
  return {
    ...(isKnown ? { exitCode } : {}),
    ...(numberOf(signal) ? { signal: signalNumber } : {}),
    ...(oom === "true" ? { isOutOfMemory: true } : {}),
    ...(text ? { message: text } : {}),
  };
}

function numberOf(text: string | undefined): number | undefined {
  const number = text ? Number(text) : Number.NaN;
  return Number.isInteger(number) ? number : undefined;
}
