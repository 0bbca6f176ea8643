import type { Job, JobCondition, Pod } from "@virtual-kubelet/kubernetes";
import { isActive } from "../../pod-readiness.ts";
import type { JobView } from "./job-plan.ts";

/** How a Job ends. */
export interface Verdict {
  readonly succeeded: boolean;
  readonly reason: string;
  readonly message: string;
}

const completed: Verdict = {
  succeeded: true,
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};
const backedOff: Verdict = {
  succeeded: false,
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
};
const tooLong: Verdict = {
  succeeded: false,
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
};

/** How a Job ends, as soon as that is certain. What was once announced stands. */
export function verdictOf(job: Job, { pods, ended, nowMs }: JobView): Verdict | undefined {
  const announced = trueCondition(job, "SuccessCriteriaMet") ?? trueCondition(job, "FailureTarget");
  if (announced) {
    const { type, reason = "", message = "" } = announced;
    return { succeeded: type === "SuccessCriteriaMet", reason, message };
  }
  const { backoffLimit = 6, activeDeadlineSeconds, completions } = job.spec;
  const succeeded = ended.filter((end) => end.succeeded).length;
  if (ended.length - succeeded > backoffLimit || restartsExceed(job, pods, backoffLimit)) return backedOff;
  const startedMs = Date.parse(job.status?.startTime ?? "");
  if (activeDeadlineSeconds !== undefined && nowMs - startedMs >= activeDeadlineSeconds * 1000) return tooLong;
  const enough = completions === undefined ? succeeded > 0 : succeeded >= completions;
  return enough && !pods.some(isActive) ? completed : undefined;
}

/** Where containers are restarted in place, their restarts are the retries (`pastBackoffLimitOnFailure`). */
function restartsExceed(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec?.restartPolicy !== "OnFailure") return false;
  const running = pods.filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending");
  const statuses = running.flatMap(({ status }) => [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]);
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** When a Job ended, in milliseconds; undefined when it has not. */
export function finishedAt(job: Job): number | undefined {
  const ending = trueCondition(job, "Complete") ?? trueCondition(job, "Failed");
  return ending && (Date.parse(ending.lastTransitionTime ?? "") || 0);
}

function trueCondition(job: Job, type: string): JobCondition | undefined {
  return job.status?.conditions?.find((one) => one.type === type && one.status === "True");
}

/** The conditions with `Suspended` as the Job asks; it is absent as long as the Job was never suspended. */
export function withSuspension(job: Job, now: string): readonly JobCondition[] {
  const conditions = job.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === "Suspended");
  const status = job.spec.suspend ? "True" : "False";
  if (before?.status === status || (!before && !job.spec.suspend)) return conditions;
  const words = job.spec.suspend
    ? { reason: "JobSuspended", message: "Job suspended" }
    : { reason: "JobResumed", message: "Job resumed" };
  return [
    ...conditions.filter((one) => one !== before),
    { type: "Suspended", status, ...words, lastProbeTime: now, lastTransitionTime: now },
  ];
}

/** The conditions with the verdict announced, and with the end itself once the last pod is `over`. */
export function withVerdict(
  conditions: readonly JobCondition[],
  verdict: Verdict | undefined,
  end: { readonly over: boolean; readonly now: string },
): readonly JobCondition[] {
  if (!verdict) return conditions;
  const { succeeded, reason, message } = verdict;
  const types = [
    succeeded ? "SuccessCriteriaMet" : "FailureTarget",
    ...(end.over ? [succeeded ? "Complete" : "Failed"] : []),
  ];
  const added = types.filter((type) => !conditions.some((one) => one.type === type));
  const times = { lastProbeTime: end.now, lastTransitionTime: end.now };
  return [...conditions, ...added.map((type) => ({ type, status: "True", reason, message, ...times }))];
}
