import type { PodChange } from "@virtual-kubelet/provider";
import { type PodRecord, hasEnded, hasStarted, isTerminal } from "./pod-record.ts";
import { changesBetween } from "./pod-revision.ts";

/** The next step that brings a pod's backend and its object together. */
export type PodStep =
  | { readonly type: "create" }
  | { readonly type: "adopt" }
  | { readonly type: "update"; readonly changes: readonly PodChange[] }
  | { readonly type: "stop"; readonly graceSeconds: number }
  /** Ask the backend whether the pod is still there. */
  | { readonly type: "look" }
  /** The backend may let go of what it keeps: the cluster has the terminal status. */
  | { readonly type: "release" }
  /** Remove the object: the backend has confirmed the end. */
  | { readonly type: "remove" }
  /** Object and backend are both gone. */
  | { readonly type: "forget" }
  /** Nothing until something changes, or until the time is up. */
  | { readonly type: "wait"; readonly forMs?: number };

export interface PlanInputs {
  /** Monotonic. */
  readonly nowMs: number;
  /** Wall clock. */
  readonly now: Date;
  /** Whether the backend's first complete report is in; before, nothing follows from absence. */
  readonly backendKnown: boolean;
  /** The revision of the pod as the cluster wants it. */
  readonly revision: string;
  /** Whether a pod of the same name and another UID must be gone first, and is not. */
  readonly namesakeLives: boolean;
  /** How long after a stop was asked for it is asked for again. */
  readonly repeatStopMs: number;
}

const repeatRemovalMs = 5_000;
/** How long a pod waits before its namesake is looked for again: one that only the backend knew leaves without a word. */
const namesakeMs = 1_000;

/** What should be done about a pod now. It looks only at what is wanted and what is observed, never at what happened. */
export function planPod(record: PodRecord, inputs: PlanInputs): PodStep {
  const { pod, observed } = record;
  if (!inputs.backendKnown && observed.type !== "present") return { type: "wait" };
  if (record.objectGone || !pod) return planGone(record, inputs);
  if (record.objectMissing) return { type: "wait" };
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  if (isTerminal(pod.status?.phase) && !isDeleted) return planTerminal(record, inputs);
  const isFound = observed.type === "present" && !record.adopted && record.created === "no";
  // An adoption that fails does not stand in the way of the end.
  if (isFound && !hasEnded(observed.state) && !(isDeleted && record.failure)) return { type: "adopt" };
  if (isDeleted) return planDeletion(record, inputs);
  if (!record.admitted) return { type: "wait" };
  if (observed.type === "present") return planUpdate(record, inputs);
  const hasBackend = record.created === "yes" || record.adopted || hasStarted(pod);
  if (hasBackend && !(record.lost && !hasStarted(pod))) return { type: "wait" };
  return inputs.namesakeLives ? { type: "wait", forMs: namesakeMs } : { type: "create" };
}

function planUpdate(record: PodRecord, { revision }: PlanInputs): PodStep {
  if (record.observed.type !== "present" || hasEnded(record.observed.state)) return { type: "wait" };
  const changes = changesBetween(record.observed.state.revision, revision);
  if (changes.length === 0 || record.unapplied?.revision === revision) return { type: "wait" };
  return { type: "update", changes };
}

/** The object is gone: whatever the backend still has of it is stopped at once, until it says that there is nothing. */
function planGone({ observed, stop }: PodRecord, { nowMs, repeatStopMs }: PlanInputs): PodStep {
  if (observed.type === "absent" && stop) return { type: "forget" };
  if (!stop || stop.graceEndsMs > nowMs) return { type: "stop", graceSeconds: 0 };
  // It has ended since it was asked to: now the backend can free what it kept for the cluster to see.
  const hasEndedSince = observed.type === "present" && hasEnded(observed.state) && !stop.hadEnded;
  if (hasEndedSince) return { type: "stop", graceSeconds: 0 };
  const repeatInMs = stop.askedAtMs + repeatStopMs - nowMs;
  return repeatInMs <= 0 ? { type: "stop", graceSeconds: 0 } : { type: "wait", forMs: repeatInMs };
}

/** The user has asked for the end: stop, wait for the backend's word, then remove the object. */
function planDeletion(record: PodRecord, inputs: PlanInputs): PodStep {
  const { observed, stop } = record;
  const isOver = observed.type === "absent" || (observed.type === "present" && hasEnded(observed.state));
  if (stop && isOver) return planRemoval(record, inputs);
  return planStop(record, inputs, graceLeftMs(record, inputs));
}

/** Asks to stop with what is left of the grace, again when that gets shorter or is over, and now and then until the pod is gone. */
function planStop({ stop, missedSinceMs }: PodRecord, { nowMs, repeatStopMs }: PlanInputs, graceMs: number): PodStep {
  if (!stop) return { type: "stop", graceSeconds: Math.ceil(graceMs / 1000) };
  if (missedSinceMs !== undefined) return { type: "look" };
  const leftMs = stop.graceEndsMs - nowMs;
  const isKilled = stop.askedAtMs >= stop.graceEndsMs;
  if (graceMs < leftMs - 1000) return { type: "stop", graceSeconds: Math.ceil(graceMs / 1000) };
  if (leftMs <= 0 && !isKilled) return { type: "stop", graceSeconds: 0 };
  const repeatInMs = stop.askedAtMs + repeatStopMs - nowMs;
  if (repeatInMs <= 0) return { type: "stop", graceSeconds: Math.max(0, Math.ceil(leftMs / 1000)) };
  return { type: "wait", forMs: isKilled ? repeatInMs : Math.min(leftMs, repeatInMs) };
}

/**
 * Once the API server has taken our deletion without grace, it is the finalizers that keep the object. The user's own is not
 * enough: those who hold the finalizers, as a Job does, wait for the terminal status that goes before ours. The watch tells
 * that the object is gone; should it not, it is asked for again.
 */
function planRemoval({ pod, removalAskedAtMs }: PodRecord, { nowMs }: PlanInputs): PodStep {
  const { deletionGracePeriodSeconds, finalizers = [] } = pod?.metadata ?? {};
  const isTaken = deletionGracePeriodSeconds === 0 && removalAskedAtMs !== undefined;
  if (isTaken && finalizers.length > 0) return { type: "wait" };
  const repeatInMs = (removalAskedAtMs ?? -Infinity) + repeatRemovalMs - nowMs;
  return repeatInMs > 0 ? { type: "wait", forMs: repeatInMs } : { type: "remove" };
}

/**
 * The grace that a deletion leaves. Where this process has seen the deletion come, it is the whole of it, whatever the
 * clocks say; where it was there already at the start, it is what the wall clock leaves of it.
 */
function graceLeftMs({ pod, deletionSeenMs }: PodRecord, { nowMs, now }: PlanInputs): number {
  const { deletionTimestamp = "", deletionGracePeriodSeconds = 30 } = pod?.metadata ?? {};
  const graceMs = deletionGracePeriodSeconds * 1000;
  const leftMs =
    deletionSeenMs === undefined ? Date.parse(deletionTimestamp) - now.getTime() : deletionSeenMs + graceMs - nowMs;
  return Math.min(Math.max(0, leftMs), graceMs);
}

/** The cluster shows that the pod has ended: it is never run again, and what of it still runs is stopped. */
function planTerminal(record: PodRecord, inputs: PlanInputs): PodStep {
  const { pod, observed, released } = record;
  if (observed.type !== "present") return { type: "wait" };
  if (hasEnded(observed.state)) return { type: released ? "wait" : "release" };
  if (!observed.state.status) return { type: "wait" };
  return planStop(record, inputs, (pod?.spec.terminationGracePeriodSeconds ?? 30) * 1000);
}
