import type { Job, JobSpec, JobStatus, Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { type EndedPod, EndedPods, endOf, nextStartMs } from "../../src/controllers/workloads/jobs/ended-pods.ts";
import { type JobPlan, type JobView, jobPlan } from "../../src/controllers/workloads/jobs/job-plan.ts";

const nowMs = Date.parse("2030-01-01T00:10:00Z");
const ago = (seconds: number): string => new Date(nowMs - seconds * 1000).toISOString();

const job = (spec: Partial<JobSpec> = {}, status: JobStatus = {}): Job => ({
  metadata: { name: "j", namespace: "default", uid: "j" },
  spec: { template: {}, completions: 1, parallelism: 1, backoffLimit: 2, ...spec },
  status,
});

const running = (uid: string, restartCount = 0): Pod => ({
  metadata: { name: uid, namespace: "default", uid },
  spec: { containers: [] },
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [{ name: "app", image: "", imageID: "", ready: true, restartCount }],
  },
});

const ended = (succeeded: boolean, count: number, secondsAgo = 0): readonly EndedPod[] =>
  Array.from({ length: count }, (_, index) => ({ uid: `${index}`, succeeded, endedAtMs: nowMs - secondsAgo * 1000 }));

const plan = (of: Job, view: Partial<JobView> = {}): JobPlan =>
  jobPlan(of, { pods: [], ended: [], nowMs, firstDelayMs: 10_000, ...view });

const conditions = ({ status }: JobPlan): readonly string[] =>
  (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);

const onFailure: Partial<JobSpec> = { template: { spec: { containers: [], restartPolicy: "OnFailure" } } };

describe("a Job", () => {
  test.each<[what: string, of: Job, view: Partial<JobView>, expected: Partial<JobPlan>]>([
    ["starts as many as may run at a time", job({ completions: 5, parallelism: 3 }), {}, { create: 3 }],
    [
      "starts no more than are still needed",
      job({ completions: 5, parallelism: 3 }),
      { ended: ended(true, 4) },
      { create: 1 },
    ],
    ["of a million starts 500 at a time", job({ completions: 1e6, parallelism: 1e6 }), {}, { create: 500 }],
    ["counts those that run", job({ completions: 5, parallelism: 3 }), { pods: [running("a")] }, { create: 2 }],
    ["waits after a failure", job(), { ended: ended(false, 1, 4) }, { create: 0, recheckMs: 6000 }],
    ["waits twice as long after two", job(), { ended: ended(false, 2, 4) }, { create: 0, recheckMs: 16_000 }],
    ["goes on after the wait", job(), { ended: ended(false, 1, 10) }, { create: 1, recheckMs: undefined }],
    [
      "looks again at its deadline",
      job({ activeDeadlineSeconds: 60 }, { startTime: ago(10) }),
      { pods: [running("a")] },
      { create: 0, recheckMs: 50_000 },
    ],
    [
      "gives up what is too much",
      job({ parallelism: 0 }),
      { pods: [running("a")] },
      { remove: [running("a")], drop: true },
    ],
    [
      "without completions starts nothing after a success",
      job({ completions: undefined as never, parallelism: 2 }),
      { pods: [running("a")], ended: ended(true, 1) },
      { create: 0, remove: [] },
    ],
    [
      "that is suspended gives up its pods",
      job({ suspend: true }),
      { pods: [running("a")] },
      { create: 0, remove: [running("a")], drop: true },
    ],
    [
      "replaces a pod only once it has ended, if so asked",
      job({ podReplacementPolicy: "Failed" }),
      { pods: [{ ...running("a"), metadata: { ...running("a").metadata, deletionTimestamp: ago(0) } }] },
      { create: 0 },
    ],
    [
      "that is being deleted does nothing",
      { ...job(), metadata: { ...job().metadata, deletionTimestamp: ago(0) } },
      {},
      { create: 0 },
    ],
    [
      "that has ended does nothing",
      job({}, { conditions: [{ type: "Complete", status: "True" }] }),
      {},
      { create: 0, expired: false },
    ],
    [
      "is kept for its time to live",
      job(
        { ttlSecondsAfterFinished: 30 },
        { conditions: [{ type: "Failed", status: "True", lastTransitionTime: ago(10) }] },
      ),
      {},
      { expired: false, recheckMs: 20_000 },
    ],
    [
      "then goes",
      job(
        { ttlSecondsAfterFinished: 30 },
        { conditions: [{ type: "Failed", status: "True", lastTransitionTime: ago(30) }] },
      ),
      {},
      { expired: true },
    ],
  ])("%s", (...[_what, of, view, expected]) => {
    expect(plan(of, view)).toMatchObject(expected);
  });

  test.each<[what: string, of: Job, view: Partial<JobView>, expected: readonly string[]]>([
    [
      "is complete with enough successes",
      job(),
      { ended: ended(true, 1) },
      ["SuccessCriteriaMet=True CompletionsReached", "Complete=True CompletionsReached"],
    ],
    ["is not complete while a pod runs", job(), { ended: ended(true, 1), pods: [running("a")] }, []],
    ["goes on at its limit of failures", job(), { ended: ended(false, 2) }, []],
    [
      "fails beyond it",
      job(),
      { ended: ended(false, 3) },
      ["FailureTarget=True BackoffLimitExceeded", "Failed=True BackoffLimitExceeded"],
    ],
    [
      "only announces its failure while pods run",
      job(),
      { ended: ended(false, 3), pods: [running("a")] },
      ["FailureTarget=True BackoffLimitExceeded"],
    ],
    [
      "fails by restarts in place",
      job(onFailure),
      { pods: [running("a", 1), running("b", 1)] },
      ["FailureTarget=True BackoffLimitExceeded"],
    ],
    ["does not count restarts of other policies", job(), { pods: [running("a", 9)] }, []],
    [
      "with no retries fails by the first restart only",
      job({ ...onFailure, backoffLimit: 0 }),
      { pods: [running("a", 0)] },
      [],
    ],
    [
      "fails at its deadline",
      job({ activeDeadlineSeconds: 60 }, { startTime: ago(60) }),
      {},
      ["FailureTarget=True DeadlineExceeded", "Failed=True DeadlineExceeded"],
    ],
    [
      "stands by what it announced",
      job({}, { conditions: [{ type: "FailureTarget", status: "True", reason: "X" }] }),
      { ended: ended(true, 1) },
      ["FailureTarget=True X", "Failed=True X"],
    ],
    ["says that it is suspended", job({ suspend: true }), {}, ["Suspended=True JobSuspended"]],
    [
      "says that it goes on",
      job({}, { conditions: [{ type: "Suspended", status: "True" }] }),
      {},
      ["Suspended=False JobResumed"],
    ],
  ])("%s", (...[_what, of, view, expected]) => {
    expect(conditions(plan(of, view))).toEqual(expected);
  });

  test("counts in its status", () => {
    const view = { pods: [running("a")], ended: [...ended(true, 2), ...ended(false, 1)] };
    const { status } = plan(job({ completions: 9 }, { startTime: ago(5) }), view);
    expect(status).toEqual({ startTime: ago(5), active: 1, ready: 1, terminating: 0, succeeded: 2, failed: 1 });
    const done = plan(job(), { ended: ended(true, 1) }).status;
    expect(done).toMatchObject({ succeeded: 1, completionTime: "2030-01-01T00:10:00Z" });
    expect(plan(job({ suspend: true }, { startTime: ago(5) })).status.startTime).toBeUndefined();
  });
});

describe("failures", () => {
  test("only those since the last success delay the next start, by ten minutes at most", () => {
    const at = (succeeded: boolean, endedAtMs: number) => ({ uid: `${endedAtMs}`, succeeded, endedAtMs });
    expect(nextStartMs([at(true, 5)], 10)).toBe(0);
    expect(nextStartMs([at(false, 1), at(false, 2), at(true, 3), at(false, 4)], 10)).toBe(14);
    expect(
      nextStartMs(
        Array.from({ length: 20 }, (_, index) => at(false, index + 1)),
        10_000,
      ),
    ).toBe(20 + 600_000);
  });

  test("a pod that is deleted while it runs is one, unless the Job gave it up", () => {
    const { metadata, ...others } = running("a");
    const end = endOf({ ...others, metadata: { ...metadata, deletionTimestamp: ago(3) } }, nowMs);
    expect(end).toEqual({ uid: "a", succeeded: false, endedAtMs: nowMs - 3000 });
    expect(endOf(running("a"), nowMs)).toBeUndefined();
    const ends = new EndedPods();
    ends.drop("j", "b");
    for (const uid of ["a", "a", "b"]) ends.record("j", { uid, succeeded: false, endedAtMs: 1 });
    expect(ends.of("j")).toHaveLength(1);
  });
});
