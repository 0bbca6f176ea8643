import { isDeepStrictEqual } from "node:util";
import type { Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodChange, PodRef, PodState, ProviderError } from "@virtual-kubelet/provider";
import { newestOf } from "../newest.ts";
import type { Refusal } from "./admission/node-misfit.ts";

/** What the backend is known to have of one pod. */
export type Observation =
  /** Nothing heard yet; absence must not be concluded from it. */
  | { readonly type: "unknown" }
  | { readonly type: "present"; readonly state: PodState }
  /** Asked to stop it, the backend says that it has it no more. */
  | { readonly type: "absent" };

/**
 * All that the node knows of one UID. The cluster and the backend write their sides; what should be done follows from it.
 *
 * ```text
 * cluster:  shown ── a list lacks it ──▶ objectMissing ── a second, consistent list ──▶ objectGone ──▶ stopped, forgotten
 *             ▲  ╰── a watch tells of its end ─────────────────────────────────────────────▲
 *             ╰──── shown again ────────────┴──────────────────────────────────────────────╯
 *
 * backend:  unknown ──▶ present ── asked to stop, no longer there ──▶ absent
 *                          ╰── a list lacks it ──▶ missedSinceMs ── a second list, and its own answer ──▶ lost, absent
 * ```
 */
export interface PodRecord {
  readonly ref: PodRef;
  /** What the cluster wants, as last seen; stays after the object is gone. */
  pod?: Pod;
  /** Whether the object is gone from the cluster, by the word of a watch or of a complete list. */
  objectGone: boolean;
  /** Whether a list of the cluster's lacked it; that it is gone is not certain yet. */
  objectMissing: boolean;
  /** What of the object was looked at last to plan from; a version that differs in it has to be planned for. */
  plannedFor?: string;
  observed: Observation;
  /** When the backend, or a change of ours that it accepted, was last heard of the pod. Monotonic. */
  heardAtMs: number;
  /** When the first of two complete lists did not have it. Monotonic milliseconds. */
  missedSinceMs?: number;
  /** Missed twice, and not by our doing: the backend has lost it. */
  lost: boolean;
  /** Whether `createPod` has been accepted by this process; `asked`: it was called, with unknown outcome. */
  created: "no" | "asked" | "yes";
  adopted: boolean;
  released: boolean;
  /** The stop that was asked for: when last, of what had ended by then or not, and when its grace is over. Monotonic milliseconds. */
  stop?: { readonly askedAtMs: number; readonly graceEndsMs: number; readonly hadEnded?: boolean };
  /** When the API server was last asked to remove the object. Monotonic milliseconds. */
  removalAskedAtMs?: number;
  /** When the deletion was first seen by this process while the pod was not yet terminating before. */
  deletionSeenMs?: number;
  /** The newest failure of a change, as the pod's status shows it. */
  failure?: ProviderError;
  /** Why the pod is not run: it waits, or `fails`. One that is not `isFinal` is looked at again. */
  refusal?: Refusal & { readonly fails: boolean; readonly isFinal: boolean };
  /** Whether it may run: decided once. */
  admitted: boolean;
  /** The change that the provider cannot make, so that it is said once. */
  unapplied?: { readonly revision: string; readonly changes: readonly PodChange[]; readonly why: string };
  /** The containers as events have told of them. */
  told?: PodStatus;
  /** The last status patch that the API server took, and the status it then showed: what would change nothing is not sent again. */
  written?: { readonly patch: string; readonly status: string };
  writtenAtMs?: number;
  /** Annotations of the provider's with which the API server did not take a status. */
  refusedAnnotations?: Readonly<Record<string, string>>;
  /** Aborts the `createPod` that is under way. */
  creating?: AbortController;
}

export function newPodRecord(ref: PodRef): PodRecord {
  return {
    ref,
    objectGone: false,
    objectMissing: false,
    observed: { type: "unknown" },
    heardAtMs: 0,
    lost: false,
    created: "no",
    adopted: false,
    released: false,
    admitted: false,
  };
}

/** Notes a version of the object, from the watch or from the answer to a write, whichever brings the deletion first. */
export function see(record: PodRecord, pod: Pod): Pod {
  const before = record.pod;
  const newest = newestOf(before, pod);
  record.pod = newest;
  const isComing = before && !before.metadata.deletionTimestamp && newest.metadata.deletionTimestamp;
  if (isComing) record.deletionSeenMs ??= performance.now();
  return newest;
}

/** Notes what the backend says of the pod. What it leaves out is as it was. Gives whether that is news. */
export function hear(record: PodRecord, state: PodState): boolean {
  const last = record.observed.type === "present" ? record.observed.state : undefined;
  const { status = last?.status, revision = last?.revision, annotations = last?.annotations } = state;
  const heard: PodState = {
    ...state,
    ...(status ? { status } : {}),
    ...(revision ? { revision } : {}),
    ...(annotations ? { annotations } : {}),
  };
  const isNews = record.lost || record.missedSinceMs !== undefined || !isDeepStrictEqual(last, heard);
  Object.assign(record, { observed: { type: "present", state: heard }, heardAtMs: performance.now(), lost: false });
  delete record.missedSinceMs;
  return isNews;
}

/** Whether the phase is one that is never left. */
export function isTerminal(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/**
 * Whether the cluster has seen a container of the pod start, in this life of the agent or in an earlier one. A backend that
 * says nothing of containers says as much by the phase.
 */
export function hasStarted(pod: Pod): boolean {
  if (pod.status?.phase === "Running") return true;
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].some(
    ({ state, lastState, restartCount }) =>
      restartCount > 0 || state?.running || state?.terminated || lastState?.terminated,
  );
}

/** Whether the backend may have something of the pod. */
export function mayRun({ created, adopted, observed }: PodRecord): boolean {
  return created !== "no" || adopted || observed.type === "present";
}

/** Whether everything of the pod that the backend knows of has ended. */
export function hasEnded({ status }: PodState): boolean {
  return isTerminal(status?.phase);
}
