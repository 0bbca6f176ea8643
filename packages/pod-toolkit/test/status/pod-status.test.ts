import type { Pod } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { finished, running, waiting } from "../../src/status/pod-status.ts";

const pod: Pod = {
  metadata: { namespace: "default", name: "web", uid: "u" },
  spec: {
    restartPolicy: "Never",
    initContainers: [{ name: "setup" }, { name: "proxy", restartPolicy: "Always" }],
    containers: [{ name: "main", image: "app:1" }],
  },
};
const startedAt = "2026-01-01T00:00:00Z";

describe("the status of a pod", () => {
  test("that runs has ended its init containers, not its sidecars", () => {
    expect(running(pod, { startedAt, podIP: "10.0.0.1" })).toMatchObject({
      phase: "Running",
      podIP: "10.0.0.1",
      podIPs: [{ ip: "10.0.0.1" }],
      initContainerStatuses: [
        { name: "setup", state: { terminated: { exitCode: 0 } } },
        { name: "proxy", state: { running: { startedAt } } },
      ],
      containerStatuses: [
        { name: "main", image: "app:1", ready: true, started: true, state: { running: { startedAt } } },
      ],
    });
  });

  test.each([
    [0, "Succeeded", "Completed"],
    [3, "Failed", "Error"],
  ])("that ended with %i is %s", (exitCode, phase, reason) => {
    expect(finished(pod, { exitCode })).toMatchObject({
      phase,
      containerStatuses: [{ ready: false, state: { terminated: { exitCode, reason } } }],
    });
  });

  test("whose containers ended differently tells each end", () => {
    const two: Pod = { ...pod, spec: { restartPolicy: "Never", containers: [{ name: "a" }, { name: "b" }] } };
    const status = finished(two, ({ name }) => ({
      exitCode: name === "a" ? 0 : 137,
      ...(name === "b" ? { reason: "OOMKilled" } : {}),
    }));
    expect(status).toMatchObject({
      phase: "Failed",
      containerStatuses: [
        { state: { terminated: { reason: "Completed" } } },
        { state: { terminated: { reason: "OOMKilled" } } },
      ],
    });
  });

  test("with ephemeral containers shows them apart, neither ready nor started", () => {
    const debugged: Pod = { ...pod, spec: { ...pod.spec, ephemeralContainers: [{ name: "debug", image: "tools" }] } };
    const common = { name: "debug", image: "tools", imageID: "", restartCount: 0, ready: false };
    expect(running(debugged, { startedAt }).ephemeralContainerStatuses).toEqual([
      { ...common, state: { running: { startedAt } } },
    ]);
    expect(finished(debugged, { exitCode: 3 }).ephemeralContainerStatuses).toEqual([
      { ...common, state: { terminated: { exitCode: 3, reason: "Error" } } },
    ]);
  });

  test("that waits says why for every container", () => {
    expect(waiting(pod, { reason: "ContainerCreating" })).toMatchObject({
      phase: "Pending",
      initContainerStatuses: [{ state: { waiting: { reason: "ContainerCreating" } } }, {}],
      containerStatuses: [{ ready: false, state: { waiting: { reason: "ContainerCreating" } } }],
    });
  });
});
