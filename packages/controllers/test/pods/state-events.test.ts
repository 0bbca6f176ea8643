import type { ContainerState, PodStatus } from "@virtual-kubelet/kubernetes";
import { expect, test } from "vitest";
import { killingEvents, stateEvents } from "../../src/pods/state-events.ts";
import { podOf } from "../pod-builder.ts";

const startedAt = "2026-01-01T00:00:00Z";
const later = "2026-01-01T00:01:00Z";

function status(state: ContainerState, { restarts = 0, ready = false } = {}): PodStatus {
  return {
    containerStatuses: [{ name: "main", image: "app:1", imageID: "", ready, restartCount: restarts, state }],
  };
}

const creating = status({ waiting: { reason: "ContainerCreating" } });
const running = status({ running: { startedAt } });
const ready = status({ running: { startedAt } }, { ready: true });
const exited = status({ terminated: { exitCode: 1, startedAt, finishedAt: later } });
const backingOff = status({ waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } }, { restarts: 1 });

test.each<[string, PodStatus | undefined, PodStatus, readonly string[]]>([
  ["nothing, while a container waits as before", creating, creating, []],
  ["that a container was created and started", creating, running, ["Created", "Started"]],
  ["so also when it has ended by then", creating, exited, ["Created", "Started"]],
  ["nothing when it becomes ready", running, ready, []],
  ["that it is not ready any more", ready, running, ["Unhealthy"]],
  ["nothing when it ends", running, exited, []],
  ["that it is held back", exited, backingOff, ["BackOff"]],
  ["nothing while it is", backingOff, backingOff, []],
  [
    "that it was started again",
    backingOff,
    status({ running: { startedAt: later } }, { restarts: 1 }),
    ["Created", "Started"],
  ],
  [
    "that its image cannot be had",
    creating,
    status({ waiting: { reason: "ErrImagePull", message: "no" } }),
    ["Failed"],
  ],
  ["that pulling waits", creating, status({ waiting: { reason: "ImagePullBackOff" } }), ["BackOff"]],
  [
    "that its configuration is missing",
    creating,
    status({ waiting: { reason: "CreateContainerConfigError" } }),
    ["Failed"],
  ],
])("a change tells %s", (_, before, after, reasons) => {
  const events = stateEvents(podOf(), before, after);
  expect(events.map(({ reason }) => reason)).toEqual(reasons);
  expect(events.every(({ container }) => container === "main")).toBe(true);
});

test("a stop tells of each container that runs", () => {
  expect(killingEvents(running)).toEqual([
    { type: "Normal", reason: "Killing", message: "Stopping container main", container: "main" },
  ]);
  expect(killingEvents(exited)).toEqual([]);
});
