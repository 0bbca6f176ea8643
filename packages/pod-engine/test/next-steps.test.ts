import type { Container } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { nextSteps } from "../src/index.ts";
import { type Row, expectedOf, seenIn } from "./decision-rows.ts";
import { exited, now, podOf, ran, recordOf, situationOf } from "./situations.ts";

const init = (name: string): Container => ({ name, command: [name] });
const sidecar = (name: string): Container => ({ name, command: [name], restartPolicy: "Always" });
const regular = init;
const retried = (name: string): Container => ({
  name,
  command: [name],
  restartPolicy: "Never",
  restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
});

const plain = podOf();
const staged = podOf({ initContainers: [init("one"), init("two")], containers: [regular("app"), regular("web")] });
const accompanied = podOf({ initContainers: [sidecar("proxy"), init("two"), sidecar("agent")] });
const never = podOf({ restartPolicy: "Never" });
const onFailure = podOf({ restartPolicy: "OnFailure" });
const stagedNever = podOf({ restartPolicy: "Never", initContainers: [init("one")] });
const job = podOf({ restartPolicy: "Never", initContainers: [sidecar("proxy"), sidecar("agent")] });
const deletion = { requestedAtMs: now, gracePeriodSeconds: 30 };
const asked = (seconds: number) => ({ stopByMs: now + seconds * 1000 });

const rows: readonly Row[] = [
  {
    it: "starts the containers of a new pod",
    given: situationOf(recordOf(plain)),
    actions: ["start app 0"],
    states: ["app ContainerCreating"],
    phase: "Pending",
  },
  {
    it: "does not start twice what is being started",
    given: situationOf(recordOf(plain), [], { starting: new Set(["app"]) }),
    actions: [],
    states: ["app ContainerCreating"],
    phase: "Pending",
  },
  {
    it: "starts init containers one at a time, and the others wait",
    given: situationOf(recordOf(staged)),
    actions: ["start one 0"],
    states: ["one PodInitializing", "two PodInitializing", "app PodInitializing", "web PodInitializing"],
    phase: "Pending",
  },
  {
    it: "waits for a running init container",
    given: situationOf(recordOf(staged), [ran("one", 5)]),
    actions: [],
    states: ["one Running", "two PodInitializing", "app PodInitializing", "web PodInitializing"],
    phase: "Pending",
  },
  {
    it: "goes on to the next init container after a success",
    given: situationOf(recordOf(staged), [ran("one", 5, exited(0))]),
    actions: ["start two 0"],
    states: ["one Completed 0", "two PodInitializing", "app PodInitializing", "web PodInitializing"],
    phase: "Pending",
  },
  {
    it: "starts all regular containers at once when the init containers are through",
    given: situationOf(recordOf(staged), [ran("one", 5, exited(0)), ran("two", 3, exited(0))]),
    actions: ["start app 0", "start web 0"],
    states: ["one Completed 0", "two Completed 0", "app ContainerCreating", "web ContainerCreating"],
    phase: "Pending",
  },
  {
    it: "repeats a failed init container",
    given: situationOf(recordOf(staged), [ran("one", 5, exited(1))]),
    actions: ["start one 1"],
    states: ["one Error 1", "two PodInitializing", "app PodInitializing", "web PodInitializing"],
    phase: "Pending",
  },
  {
    it: "fails a pod that never restarts when an init container fails",
    given: situationOf(recordOf(stagedNever), [ran("one", 5, exited(1))]),
    actions: [],
    states: ["one Error 1", "app PodInitializing"],
    phase: "Failed",
    ended: true,
  },
  {
    it: "does not run init containers again once a regular one has run",
    given: situationOf(recordOf(staged), [ran("app", 5), ran("web", 5)]),
    actions: [],
    states: ["one ContainerCreating", "two ContainerCreating", "app Running", "web Running"],
    phase: "Pending",
  },
  {
    it: "does not wait for a sidecar to end",
    given: situationOf(recordOf(accompanied), [ran("proxy", 5)]),
    actions: ["start two 0"],
    states: ["proxy Running", "two PodInitializing", "agent PodInitializing", "app PodInitializing"],
    phase: "Pending",
  },
  {
    it: "starts a crashed sidecar again beside running containers",
    given: situationOf(recordOf(accompanied), [
      ran("proxy", 5, exited(1)),
      ran("two", 4, exited(0)),
      ran("agent", 3),
      ran("app", 2),
    ]),
    actions: ["start proxy 1"],
    states: ["proxy Error 1", "two Completed 0", "agent Running", "app Running"],
    phase: "Running",
  },
  {
    it: "starts a container that ended for the first time again at once",
    given: situationOf(recordOf(plain), [ran("app", 5, exited(0))]),
    actions: ["start app 1"],
    states: ["app Completed 0"],
    phase: "Running",
  },
  {
    it: "leaves a container alone that keeps ending",
    given: situationOf(recordOf(plain), [
      ran("app", 9, exited(2, 8)),
      ran("app", 7, {
        attempt: 1,
        backoffMs: 1e4,
        ...exited(3, 4),
      }),
    ]),
    actions: ["backOff app 1"],
    states: ["app CrashLoopBackOff"],
    phase: "Running",
    wakeInSeconds: 6,
  },
  {
    it: "starts it again when the pause is over",
    given: situationOf(recordOf(plain), [
      ran("app", 17, {
        attempt: 1,
        backoffMs: 1e4,
        ...exited(3, 10),
      }),
    ]),
    actions: ["start app 2"],
    states: ["app Error 3"],
    phase: "Running",
  },
  {
    it: "forgets all runs but the last two",
    given: situationOf(recordOf(plain), [
      ran("app", 9, exited(1, 8)),
      ran("app", 7, {
        attempt: 1,
        ...exited(1, 6),
      }),
      ran("app", 5, { attempt: 2 }),
    ]),
    actions: ["forget app 0"],
    states: ["app Running"],
    phase: "Running",
  },
  {
    it: "does not repeat a success under OnFailure",
    given: situationOf(recordOf(onFailure), [ran("app", 5, exited(0))]),
    actions: [],
    states: ["app Completed 0"],
    phase: "Succeeded",
    ended: true,
  },
  {
    it: "repeats a failure under OnFailure",
    given: situationOf(recordOf(onFailure), [ran("app", 5, exited(1))]),
    actions: ["start app 1"],
    states: ["app Error 1"],
    phase: "Running",
  },
  {
    it: "never repeats under Never",
    given: situationOf(recordOf(never), [ran("app", 5, exited(4))]),
    actions: [],
    states: ["app Error 4"],
    phase: "Failed",
    ended: true,
  },
  {
    it: "does not fail a pod that never restarts while a rule of the container's own starts it again",
    given: situationOf(recordOf(podOf({ restartPolicy: "Never", containers: [retried("app")] })), [
      ran("app", 5, exited(42)),
    ]),
    actions: ["start app 1"],
    states: ["app Error 42"],
    phase: "Running",
  },
  {
    it: "fails it when the rule does not apply any more",
    given: situationOf(recordOf(podOf({ restartPolicy: "Never", containers: [retried("app")] })), [
      ran("app", 5, exited(42)),
      ran("app", 3, { attempt: 1, ...exited(1) }),
    ]),
    actions: [],
    states: ["app Error 1"],
    phase: "Failed",
    ended: true,
  },
  {
    it: "does not let a pod succeed while the container's own policy starts it again",
    given: situationOf(recordOf(podOf({ restartPolicy: "OnFailure", containers: [sidecar("app")] })), [
      ran("app", 5, exited(0)),
    ]),
    actions: ["start app 1"],
    states: ["app Completed 0"],
    phase: "Running",
  },
  {
    it: "does not fail a pod that never restarts while a rule of an init container starts that again",
    given: situationOf(recordOf(podOf({ restartPolicy: "Never", initContainers: [retried("one")] })), [
      ran("one", 5, exited(42)),
    ]),
    actions: ["start one 1"],
    states: ["one Error 42", "app PodInitializing"],
    phase: "Pending",
  },
  {
    it: "keeps a pod pending that has failed before it ran, until its sidecars are gone",
    given: situationOf(recordOf(podOf({ restartPolicy: "Never", initContainers: [sidecar("proxy"), init("one")] })), [
      ran("proxy", 9),
      ran("one", 5, exited(1)),
    ]),
    actions: ["stop proxy 30"],
    states: ["proxy Running", "one Error 1", "app PodInitializing"],
    phase: "Pending",
    wakeInSeconds: 30,
  },
  {
    it: "reports an end that nobody saw as unknown",
    given: situationOf(recordOf(never), [
      ran("app", 5, {
        end: {
          exit: { type: "unknown" },
          finishedAtMs: now,
        },
      }),
    ]),
    actions: [],
    states: ["app ContainerStatusUnknown 137"],
    phase: "Failed",
    ended: true,
  },
  {
    it: "ends the sidecars of a pod whose work is done, the last started first",
    given: situationOf(recordOf(job), [ran("proxy", 9), ran("agent", 8), ran("app", 7, exited(0))]),
    actions: ["stop agent 30"],
    states: ["proxy Running", "agent Running", "app Completed 0"],
    phase: "Running",
    wakeInSeconds: 30,
  },
  {
    it: "is over when the sidecars are",
    given: situationOf(recordOf(job), [
      ran("proxy", 9, exited(143)),
      ran("agent", 8, exited(143)),
      ran("app", 7, exited(0, 1)),
    ]),
    actions: [],
    states: ["proxy Error 143", "agent Error 143", "app Completed 0"],
    phase: "Succeeded",
    ended: true,
  },
  {
    it: "says why a container could not be started, and waits",
    given: situationOf(recordOf(plain), [], {
      failures: new Map([
        [
          "app",
          {
            reason: "CreateContainerConfigError",
            message: "no map",
            retryAtMs: now + 2e3,
          },
        ],
      ]),
    }),
    actions: [],
    states: ["app CreateContainerConfigError"],
    phase: "Pending",
    wakeInSeconds: 2,
  },
  {
    it: "asks the containers of a deleted pod to end, sidecars later",
    given: situationOf(recordOf(accompanied, { deletion }), [
      ran("proxy", 900),
      ran("two", 800, exited(0, 790)),
      ran("agent", 700),
      ran("app", 600),
    ]),
    actions: ["stop app 30"],
    states: ["proxy Running", "two Completed 0", "agent Running", "app Running"],
    phase: "Running",
    wakeInSeconds: 30,
  },
  {
    it: "does not ask twice",
    given: situationOf(recordOf(plain, { deletion }), [ran("app", 6, asked(30))]),
    actions: [],
    states: ["app Running"],
    phase: "Running",
    wakeInSeconds: 30,
  },
  {
    it: "shortens the grace when the pod is deleted again",
    given: situationOf(
      recordOf(plain, {
        deletion: {
          requestedAtMs: now,
          gracePeriodSeconds: 0,
        },
      }),
      [ran("app", 6, asked(30))],
    ),
    actions: ["stop app 0"],
    states: ["app Running"],
    phase: "Running",
  },
  {
    it: "gives a sidecar two seconds when the grace is over",
    given: situationOf(recordOf(job, { deletion: { requestedAtMs: now - 40_000, gracePeriodSeconds: 30 } }), [
      ran("proxy", 9),
      ran("agent", 8),
      ran("app", 7, exited(137)),
    ]),
    actions: ["stop proxy 2", "stop agent 2"],
    states: ["proxy Running", "agent Running", "app Error 137"],
    phase: "Running",
  },
  {
    it: "starts nothing of a deleted pod again",
    given: situationOf(recordOf(plain, { deletion }), [ran("app", 6, exited(143))]),
    actions: [],
    states: ["app Error 143"],
    phase: "Failed",
    ended: true,
  },
  {
    it: "ends a deleted pod that never ran",
    given: situationOf(recordOf(staged, { deletion })),
    actions: [],
    states: ["one", "two", "app", "web"].map((name) => `${name} ContainerStatusUnknown 137`),
    phase: "Failed",
    ended: true,
  },
  {
    it: "waits for a start that is under way before a deleted pod has ended",
    given: situationOf(recordOf(plain, { deletion }), [], { starting: new Set(["app"]) }),
    actions: [],
    states: ["app ContainerCreating"],
    phase: "Pending",
  },
  {
    it: "ends a pod that is past its deadline",
    given: situationOf(recordOf(podOf({ activeDeadlineSeconds: 60 })), [ran("app", 90)]),
    actions: ["stop app 30"],
    states: ["app Running"],
    phase: "Running",
    wakeInSeconds: 30,
  },
  {
    it: "looks again at the deadline",
    given: situationOf(recordOf(podOf({ activeDeadlineSeconds: 160 })), [ran("app", 90)]),
    actions: [],
    states: ["app Running"],
    phase: "Running",
    wakeInSeconds: 60,
  },
  {
    it: "does not fail a pod that was done before its deadline",
    given: situationOf(
      recordOf(
        podOf({
          activeDeadlineSeconds: 60,
          restartPolicy: "Never",
        }),
      ),
      [ran("app", 90, exited(0, 80))],
    ),
    actions: [],
    states: ["app Completed 0"],
    phase: "Succeeded",
    ended: true,
  },
];

describe("next steps", () => {
  test.each(rows)("$it", (row) => {
    expect(seenIn(row.given)).toEqual(expectedOf(row));
  });

  test("a crash loop shows kubelet's message, the count, and how the last run ended", () => {
    const last = ran("app", 90, { attempt: 4, backoffMs: 80_000, ...exited(3, 4) });

    const { status, actions } = nextSteps(situationOf(recordOf(plain), [last]), { nowMs: now });

    expect(status.containerStatuses?.[0]).toMatchObject({
      restartCount: 4,
      containerID: "test://app-4",
      state: { waiting: { message: "back-off 1m20s restarting failed container=app pod=web_default(uid-1)" } },
      lastState: { terminated: { exitCode: 3, containerID: "test://app-4", finishedAt: "2025-12-31T23:59:56Z" } },
    });
    expect(actions).toMatchObject([{ message: "Back-off restarting failed container app in pod web_default(uid-1)" }]);
  });

  test("a signal shows as 128 and its number", () => {
    const last = ran("app", 9, { end: { exit: { type: "signal", signal: 9 }, finishedAtMs: now } });

    const { status } = nextSteps(situationOf(recordOf(never), [last]), { nowMs: now });

    expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 137,
      signal: 9,
      reason: "Error",
    });
  });

  test("a pod that was cut off has failed and says why, however its containers ended", () => {
    const failure = { atMs: now, reason: "DeadlineExceeded", message: "too long" };

    const { status } = nextSteps(situationOf(recordOf(plain, { failure }), [ran("app", 9, exited(0))]), { nowMs: now });

    expect(status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded", message: "too long" });
  });

  test("the deadline's failure is given to be kept", () => {
    const record = recordOf(podOf({ activeDeadlineSeconds: 60 }));

    expect(nextSteps(situationOf(record, [ran("app", 90)]), { nowMs: now }).failure?.reason).toBe("DeadlineExceeded");
  });

  test("addresses and the start time are the pod's", () => {
    const addresses = { podIPs: ["192.0.2.7"], hostIPs: ["192.0.2.7"] };

    const { status } = nextSteps(situationOf(recordOf(plain)), { nowMs: now, addresses });

    expect(status).toMatchObject({
      podIP: "192.0.2.7",
      podIPs: [{ ip: "192.0.2.7" }],
      hostIP: "192.0.2.7",
      hostIPs: [{ ip: "192.0.2.7" }],
      startTime: "2025-12-31T23:58:20Z",
    });
  });
});
