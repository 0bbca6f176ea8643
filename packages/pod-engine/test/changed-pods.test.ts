import type { Container, PodSpec } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { nextSteps } from "../src/index.ts";
import { type Row, expectedOf, seenIn } from "./decision-rows.ts";
import { exited, now, podOf, ran, recordOf, situationOf } from "./situations.ts";

const debug = { name: "debug", image: "host", command: ["sh"], targetContainerName: "app" };
const proxy: Container = { name: "proxy", command: ["proxy"], restartPolicy: "Always" };
const debugged = (spec: Partial<PodSpec> = {}) => recordOf(podOf({ ephemeralContainers: [debug], ...spec }));
const app = ran("app", 90);
const done = { restartPolicy: "Never" } as const;
const deletion = { requestedAtMs: now, gracePeriodSeconds: 30 };

const ephemeral: readonly Row[] = [
  {
    it: "is started beside the others",
    given: situationOf(debugged(), [app]),
    actions: ["start debug 0"],
    states: ["app Running", "debug ContainerCreating"],
    phase: "Running",
  },
  {
    it: "is started once",
    given: situationOf(debugged(), [app], { starting: new Set(["debug"]) }),
    actions: [],
    states: ["app Running", "debug ContainerCreating"],
    phase: "Running",
  },
  {
    it: "does not wait for the init containers",
    given: situationOf(debugged({ initContainers: [{ name: "one", command: ["one"] }] }), [ran("one", 5)]),
    actions: ["start debug 0"],
    states: ["one Running", "app PodInitializing", "debug PodInitializing"],
    phase: "Pending",
  },
  {
    it: "is started again only when its start has come to nothing",
    given: situationOf(debugged(), [app], {
      failures: new Map([["debug", { reason: "Unsupported", message: "no", retryAtMs: now + 5000 }]]),
    }),
    actions: [],
    states: ["app Running", "debug Unsupported"],
    phase: "Running",
    wakeInSeconds: 5,
  },
  ...[0, 3].map((code): Row => ({
    it: `is never restarted, after exit code ${code} neither, and does not count for the phase`,
    given: situationOf(debugged(), [app, ran("debug", 60, exited(code, 50))]),
    actions: [],
    states: ["app Running", code === 0 ? "debug Completed 0" : "debug Error 3"],
    phase: "Running",
  })),
  {
    it: "is never restarted when it could not be started",
    given: situationOf(debugged(), [
      app,
      ran("debug", 60, { end: { ...exited(128).end, reason: "StartError", message: "no such program" } }),
    ]),
    actions: [],
    states: ["app Running", "debug StartError 128"],
    phase: "Running",
  },
  {
    it: "ends with a pod that is done",
    given: situationOf(debugged(done), [ran("app", 90, exited(0)), ran("debug", 60)]),
    actions: ["stop debug 30"],
    states: ["app Completed 0", "debug Running"],
    phase: "Running",
    wakeInSeconds: 30,
  },
  {
    it: "lets a pod be done however it ended itself",
    given: situationOf(debugged(done), [ran("app", 90, exited(0, 9)), ran("debug", 60, exited(137))]),
    actions: [],
    states: ["app Completed 0", "debug Error 137"],
    phase: "Succeeded",
    ended: true,
  },
  {
    it: "is not started in a pod that is done, and says nothing of itself",
    given: situationOf(debugged(done), [ran("app", 90, exited(1))]),
    actions: [],
    states: ["app Error 1", "debug ContainerCreating"],
    phase: "Failed",
    ended: true,
  },
  {
    it: "is not started in a pod that is to end",
    given: situationOf({ ...debugged(), deletion }, [app]),
    actions: ["stop app 30"],
    states: ["app Running", "debug ContainerCreating"],
    phase: "Running",
    wakeInSeconds: 30,
  },
  {
    it: "ends beside the others, and keeps no sidecar",
    given: situationOf({ ...debugged({ initContainers: [proxy] }), deletion }, [
      ran("proxy", 95),
      ran("app", 90, exited(0)),
      ran("debug", 60),
    ]),
    actions: ["stop debug 30", "stop proxy 30"],
    states: ["proxy Running", "app Completed 0", "debug Running"],
    phase: "Running",
    wakeInSeconds: 30,
  },
];

const withImage = (image: string, spec: Partial<PodSpec> = {}) =>
  recordOf(podOf({ containers: [{ name: "app", image, command: ["app"] }], ...spec }));
const asked = { stopByMs: now + 20_000 };
const crashed = { attempt: 3, backoffMs: 80_000, image: "app:1", ...exited(1, 4) };

const images: readonly Row[] = [
  {
    it: "ends the run of the old one",
    given: situationOf(withImage("app:2"), [ran("app", 90, { image: "app:1" })]),
    actions: ["stop app 30"],
    states: ["app Running"],
    phase: "Running",
  },
  {
    it: "waits for the end of that run",
    given: situationOf(withImage("app:2"), [ran("app", 90, { image: "app:1", ...asked })]),
    actions: [],
    states: ["app Running"],
    phase: "Running",
  },
  ...(["Always", "OnFailure", "Never"] as const).map((restartPolicy): Row => ({
    it: `starts the new one at once, under restartPolicy ${restartPolicy} too`,
    given: situationOf(withImage("app:2", { restartPolicy }), [
      ran("app", 90, { image: "app:1", backoffMs: 80_000, ...asked, ...exited(0) }),
    ]),
    actions: ["start app 1"],
    states: ["app Completed 0"],
    phase: "Running",
  })),
  {
    it: "does not bring back what had ended by itself",
    given: situationOf(withImage("app:2", done), [ran("app", 90, { image: "app:1", ...exited(0, 9) })]),
    actions: [],
    states: ["app Completed 0"],
    phase: "Succeeded",
    ended: true,
  },
  {
    it: "ends a crash loop's wait",
    given: situationOf(withImage("app:2"), [ran("app", 90, crashed)]),
    actions: ["start app 4"],
    states: ["app Error 1"],
    phase: "Running",
  },
  {
    it: "leaves alone what does not say of which image it is",
    given: situationOf(withImage("app:2"), [app]),
    actions: [],
    states: ["app Running"],
    phase: "Running",
  },
];

describe("an ephemeral container", () => {
  test.each(ephemeral)("$it", (row) => {
    expect(seenIn(row.given)).toEqual(expectedOf(row));
  });

  test("is neither ready nor started, as with a kubelet", () => {
    const { status } = nextSteps(situationOf(debugged(), [app, ran("debug", 5)]), { nowMs: now });

    expect(status.ephemeralContainerStatuses).toEqual([
      {
        name: "debug",
        image: "host",
        imageID: "",
        containerID: "test://debug-0",
        restartCount: 0,
        ready: false,
        state: { running: { startedAt: "2025-12-31T23:59:55Z" } },
      },
    ]);
  });
});

describe("another image", () => {
  test.each(images)("$it", (row) => {
    expect(seenIn(row.given)).toEqual(expectedOf(row));
  });

  test("shows once it runs, and is said to be the reason of the end", () => {
    const { status, actions } = nextSteps(situationOf(withImage("app:2"), [ran("app", 90, { image: "app:1" })]), {
      nowMs: now,
    });

    expect(status.containerStatuses?.[0]?.image).toBe("app:1");
    expect(actions).toMatchObject([{ message: "Container app definition changed, will be restarted" }]);
  });
});

describe("a deadline", () => {
  test.each([
    ["that is added", 60, "DeadlineExceeded"],
    ["that is shortened to what has passed", 99, "DeadlineExceeded"],
    ["that is still to come", 101, undefined],
  ])("%s counts from when the pod was accepted", (_title, activeDeadlineSeconds, reason) => {
    const { failure, actions } = nextSteps(situationOf(recordOf(podOf({ activeDeadlineSeconds })), [app]), {
      nowMs: now,
    });

    expect([failure?.reason, actions.map(({ type }) => type)]).toEqual([reason, reason ? ["stop"] : []]);
  });
});
