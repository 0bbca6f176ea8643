import { ProviderError } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { type PlanInputs, type PodStep, planPod } from "../../src/pods/plan-pod.ts";
import type { PodRecord } from "../../src/pods/pod-record.ts";
import { podRevision } from "../../src/pods/pod-revision.ts";
import { podOf, recordOf, seenRunning, stateOf } from "../pod-builder.ts";

const pod = podOf();
const revision = podRevision(pod);
const now = new Date("2026-01-01T00:01:00Z");
const deleted = podOf({ metadata: { deletionTimestamp: "2026-01-01T00:01:20Z", deletionGracePeriodSeconds: 30 } });
const running = { type: "present", state: stateOf("Running", { revision }) } as const;
const ended = { type: "present", state: stateOf("Succeeded", { revision }) } as const;
const held = podOf({
  metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 0, finalizers: ["x/y"] },
});
const absent = { type: "absent" } as const;
const mine = { created: "yes", adopted: false } as const;
const nowMs = 100_000;

function plan(record: Partial<PodRecord>, inputs: Partial<PlanInputs> = {}): PodStep {
  return planPod(recordOf(record), {
    nowMs,
    now,
    backendKnown: true,
    namesakeLives: false,
    revision,
    repeatStopMs: 10_000,
    ...inputs,
  });
}

const justStopped = { askedAtMs: nowMs - 1_000, graceEndsMs: nowMs + 29_000 };
const killed = { askedAtMs: nowMs - 1_000, graceEndsMs: nowMs - 1_000 };

describe("planPod", () => {
  test.each<[string, Partial<PodRecord>, PodStep]>([
    ["creates a pod that nobody has seen yet", { pod }, { type: "create" }],
    ["creates again what has not been accepted for sure", { pod, created: "asked" }, { type: "create" }],
    ["waits for a pod that the backend has accepted", { pod, ...mine }, { type: "wait" }],
    ["adopts what runs already", { pod, observed: running }, { type: "adopt" }],
    ["adopts a pod that is being deleted before it stops it", { pod: deleted, observed: running }, { type: "adopt" }],
    [
      "stops a pod that cannot be adopted, once it is being deleted",
      { pod: deleted, observed: running, failure: new ProviderError("Unavailable", "no") },
      { type: "stop", graceSeconds: 20 },
    ],
    ["leaves a running pod alone", { pod, observed: running, adopted: true }, { type: "wait" }],
    ["never creates again what the cluster has seen start", { pod: podOf({ status: seenRunning }) }, { type: "wait" }],
    [
      "never creates again what the cluster has seen Running, of whatever containers",
      { pod: podOf({ status: { phase: "Running" } }), lost: true, observed: absent },
      { type: "wait" },
    ],
    [
      "leaves it to the status when the backend has lost a pod that had started",
      { pod: podOf({ status: seenRunning }), lost: true, observed: absent },
      { type: "wait" },
    ],
    [
      "creates again a lost pod that never started",
      { pod, created: "yes", lost: true, observed: absent },
      { type: "create" },
    ],
    ["does not run what is not admitted", { pod, admitted: false }, { type: "wait" }],
    ["leaves alone what only a list lacks", { pod, observed: running, objectMissing: true }, { type: "wait" }],
    ["never runs a terminal pod", { pod: podOf({ status: { phase: "Failed" } }) }, { type: "wait" }],
    [
      "lets go of a terminal pod's compute",
      { pod: podOf({ status: { phase: "Succeeded" } }), observed: ended },
      { type: "release" },
    ],
    [
      "lets go only once",
      { pod: podOf({ status: { phase: "Succeeded" } }), observed: ended, released: true },
      { type: "wait" },
    ],
    [
      "stops what runs of a pod that the cluster shows as ended",
      { pod: podOf({ status: { phase: "Failed" } }), observed: running },
      { type: "stop", graceSeconds: 30 },
    ],
    [
      "stops a deleted pod with what the clock leaves of its grace",
      { pod: deleted, observed: running, adopted: true },
      { type: "stop", graceSeconds: 20 },
    ],
    [
      "gives the whole grace to a deletion that it saw come, whatever the clock says",
      { pod: deleted, observed: running, adopted: true, deletionSeenMs: nowMs },
      { type: "stop", graceSeconds: 30 },
    ],
    [
      "asks to stop a deleted pod that it never created, for it may have been",
      { pod: deleted, deletionSeenMs: nowMs },
      { type: "stop", graceSeconds: 30 },
    ],
    [
      "waits for the end of the grace, or to ask again",
      { pod: deleted, observed: running, ...mine, stop: justStopped, deletionSeenMs: nowMs - 1_000 },
      { type: "wait", forMs: 9_000 },
    ],
    [
      "kills when the grace is over",
      {
        pod: deleted,
        observed: running,
        ...mine,
        stop: { askedAtMs: nowMs - 5_000, graceEndsMs: nowMs - 1 },
        deletionSeenMs: nowMs - 30_000,
      },
      { type: "stop", graceSeconds: 0 },
    ],
    [
      "repeats a kill that shows no effect, and never removes the object for it",
      { pod: deleted, observed: running, ...mine, stop: { askedAtMs: nowMs - 10_000, graceEndsMs: nowMs - 10_000 } },
      { type: "stop", graceSeconds: 0 },
    ],
    [
      "obeys a grace that was shortened later",
      {
        pod: podOf({ metadata: { deletionTimestamp: "2026-01-01T00:01:01Z", deletionGracePeriodSeconds: 1 } }),
        observed: running,
        ...mine,
        stop: justStopped,
        deletionSeenMs: nowMs - 1_000,
      },
      { type: "stop", graceSeconds: 0 },
    ],
    [
      "looks for a stopping pod that a list did not have",
      { pod: deleted, observed: running, ...mine, stop: justStopped, missedSinceMs: nowMs },
      { type: "look" },
    ],
    [
      "removes the object once the backend has none",
      { pod: deleted, observed: absent, ...mine, stop: justStopped },
      { type: "remove" },
    ],
    [
      "removes the object once all containers have ended, before the grace is over",
      { pod: deleted, observed: ended, ...mine, stop: justStopped },
      { type: "remove" },
    ],
    [
      "asks to stop even what has ended, so that the backend frees it",
      { pod: deleted, observed: ended, ...mine },
      { type: "stop", graceSeconds: 20 },
    ],
    [
      "leaves an object to its finalizers",
      { pod: held, observed: absent, ...mine, stop: killed, removalAskedAtMs: nowMs - 60_000 },
      { type: "wait" },
    ],
    [
      "first shows the end of one that the user has deleted without grace",
      { pod: held, observed: absent, ...mine, stop: killed },
      { type: "remove" },
    ],
    [
      "stops at once what lost its object",
      { pod, objectGone: true, observed: running, ...mine },
      { type: "stop", graceSeconds: 0 },
    ],
    [
      "does not wait for a grace when the object is gone",
      { pod, objectGone: true, observed: running, ...mine, stop: justStopped },
      { type: "stop", graceSeconds: 0 },
    ],
    [
      "goes on asking until the backend has none",
      { pod, objectGone: true, observed: running, ...mine, stop: killed },
      { type: "wait", forMs: 9_000 },
    ],
    [
      "asks once more for what has ended since, so that the backend frees it",
      { pod, objectGone: true, observed: ended, ...mine, stop: killed },
      { type: "stop", graceSeconds: 0 },
    ],
    [
      "does not hurry a backend that keeps what had ended before",
      { pod, objectGone: true, observed: ended, ...mine, stop: { ...killed, hadEnded: true }, heardAtMs: nowMs },
      { type: "wait", forMs: 9_000 },
    ],
    [
      "forgets when both are gone",
      { pod, objectGone: true, observed: absent, ...mine, stop: killed },
      { type: "forget" },
    ],
    [
      "stops an orphan, which has no object at all",
      { objectGone: true, observed: running },
      { type: "stop", graceSeconds: 0 },
    ],
  ])("%s", (_name, record, expected) => {
    expect(plan(record)).toEqual(expected);
  });

  test("concludes nothing from absence before the backend was heard in full", () => {
    for (const record of [{ pod }, { pod: deleted }, { objectGone: true }]) {
      expect(plan(record, { backendKnown: false })).toEqual({ type: "wait" });
    }
    expect(plan({ pod, observed: running }, { backendKnown: false })).toEqual({ type: "adopt" });
  });

  test("updates what differs from the backend's revision, and says what", () => {
    const changed = podOf({ spec: { containers: [{ name: "main", image: "app:2" }] } });
    const record = { pod: changed, observed: running, adopted: true };
    expect(plan(record, { revision: podRevision(changed) })).toEqual({ type: "update", changes: ["images"] });
    expect(
      plan(
        { ...record, unapplied: { revision: podRevision(changed), changes: ["images"], why: "no" } },
        { revision: podRevision(changed) },
      ),
    ).toEqual({
      type: "wait",
    });
  });
});
