import type { Job, JobStatus, Pod } from "@virtual-kubelet/kubernetes";
import { timestamp } from "../../../storage/deletion.ts";
import { isActive, isReady, isTerminating } from "../../pod-readiness.ts";
import { burst } from "../pod-from-template.ts";
import { inDeletionOrder } from "../replica-sets/deletion-order.ts";
import { type EndedPod, nextStartMs } from "./ended-pods.ts";
import { type Verdict, finishedAt, verdictOf, withSuspension, withVerdict } from "./job-verdict.ts";

/** What is known of a Job: its pods that are there, and the ends of all it ever had. */
export interface JobView {
  readonly pods: readonly Pod[];
  readonly ended: readonly EndedPod[];
  readonly nowMs: number;
  /** The delay after the first failure. */
  readonly firstDelayMs: number;
}

export interface JobPlan {
  readonly status: JobStatus;
  readonly create: number;
  /** Pods to delete; `drop`: without counting them as failed. */
  readonly remove: readonly Pod[];
  readonly drop: boolean;
  /** Its time to live after its end is over. */
  readonly expired: boolean;
  readonly recheckMs: number | undefined;
}

/** What a Job should do next, and its status (controller-manager, `job`). */
export function jobPlan(job: Job, view: JobView): JobPlan {
  const nothing = {
    status: job.status ?? {},
    create: 0,
    remove: [],
    drop: false,
    expired: false,
    recheckMs: undefined,
  };
  const finishedMs = finishedAt(job);
  if (finishedMs !== undefined) return { ...nothing, ...retirement(job, finishedMs, view.nowMs) };
  const active = view.pods.filter(isActive);
  const verdict = job.spec.suspend ? undefined : verdictOf(job, view);
  const status = statusOf(job, view, verdict);
  if (job.metadata.deletionTimestamp !== undefined) return { ...nothing, status };
  if (verdict) return { ...nothing, status, remove: active };
  if (job.spec.suspend) return { ...nothing, status, remove: active, drop: true };
  return { ...nothing, status, ...supply(job, view, active) };
}

function retirement(job: Job, finishedMs: number, nowMs: number): Pick<JobPlan, "expired" | "recheckMs"> {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined || job.metadata.deletionTimestamp !== undefined)
    return { expired: false, recheckMs: undefined };
  const leftMs = finishedMs + ttl * 1000 - nowMs;
  return { expired: leftMs <= 0, recheckMs: leftMs > 0 ? leftMs : undefined };
}

/** Pods to create or to give up, so that as many run as the Job still needs at a time. */
function supply(
  job: Job,
  view: JobView,
  active: readonly Pod[],
): Pick<JobPlan, "create" | "remove" | "drop" | "recheckMs"> {
  const { parallelism = 1, completions, activeDeadlineSeconds, podReplacementPolicy } = job.spec;
  const succeeded = view.ended.filter((end) => end.succeeded).length;
  const rest = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completions - succeeded;
  const wanted = Math.max(0, Math.min(parallelism, rest));
  const leaving = podReplacementPolicy === "Failed" ? view.pods.filter(isTerminating).length : 0;
  const missing = Math.max(0, wanted - active.length - leaving);
  const waitMs = missing > 0 ? Math.max(0, nextStartMs(view.ended, view.firstDelayMs) - view.nowMs) : 0;
  const startMs = Date.parse(job.status?.startTime ?? "") || view.nowMs;
  const deadlineMs = activeDeadlineSeconds === undefined ? [] : [startMs + activeDeadlineSeconds * 1000 - view.nowMs];
  const rechecks = [...deadlineMs, ...(waitMs > 0 ? [waitMs] : [])];
  return {
    create: waitMs > 0 ? 0 : Math.min(burst, missing),
    remove: inDeletionOrder(active).slice(0, Math.max(0, active.length - wanted)),
    drop: true,
    recheckMs: rechecks.length === 0 ? undefined : Math.min(...rechecks),
  };
}

function statusOf(job: Job, view: JobView, verdict: Verdict | undefined): JobStatus {
  const now = timestamp(new Date(view.nowMs));
  const { startTime: started, active: _active, conditions: _conditions, ...before } = job.status ?? {};
  const startTime = job.spec.suspend ? undefined : (started ?? now);
  const active = view.pods.filter(isActive);
  const failed = view.ended.filter(({ succeeded }) => !succeeded).length;
  const over = verdict !== undefined && active.length === 0 && !view.pods.some(isTerminating);
  const conditions = withVerdict(withSuspension(job, now), verdict, { over, now });
  return {
    ...before,
    ...(startTime === undefined ? {} : { startTime }),
    ...(active.length > 0 ? { active: active.length } : {}),
    ready: active.filter(isReady).length,
    terminating: view.pods.filter(isTerminating).length,
    ...(view.ended.length > failed ? { succeeded: view.ended.length - failed } : {}),
    ...(failed > 0 ? { failed } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(over && verdict.succeeded ? { completionTime: now } : {}),
  };
}
