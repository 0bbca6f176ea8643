import type { ContainerStatus, Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { humanDuration } from "../../../src/api/tables/human-duration.ts";
import { podTable } from "../../../src/api/tables/pod-table.ts";
import { tableOfKind } from "../../../src/api/tables/table-of-kind.ts";
import { table } from "../../../src/api/tables/table.ts";

const now = new Date("2026-01-01T00:10:00Z");
const metadata = { name: "a", namespace: "n", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" };

describe("a duration", () => {
  const [minute, hour, day] = [60, 3600, 86_400];
  test.each([
    [-2, "<invalid>"],
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [125, "2m5s"],
    [10 * minute, "10m"],
    [179 * minute, "179m"],
    [3 * hour, "3h"],
    [3 * hour + 5 * minute, "3h5m"],
    [8 * hour, "8h"],
    [47 * hour, "47h"],
    [2 * day, "2d"],
    [2 * day + hour, "2d1h"],
    [8 * day, "8d"],
    [729 * day, "729d"],
    [730 * day, "2y"],
    [740 * day, "2y10d"],
    [3000 * day, "8y"],
  ])("of %d s is %s", (seconds, shown) => expect(humanDuration(seconds * 1000)).toBe(shown));
});

const running = { running: { startedAt: "2026-01-01T00:00:00Z" } };
function container(state: ContainerStatus["state"], more: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name: "main", image: "x", imageID: "", ready: false, restartCount: 0, ...(state ? { state } : {}), ...more };
}

function pod(status: PodStatus, more: { readonly metadata?: object; readonly spec?: object } = {}): Pod {
  return {
    metadata: { ...metadata, ...more.metadata },
    spec: { containers: [{ name: "main" }], ...more.spec },
    status,
  };
}

describe("the row of a pod", () => {
  const deleted = { deletionTimestamp: "2026-01-01T00:09:00Z" };
  const init = { initContainers: [{ name: "init" }, { name: "init2" }] };
  const sidecar = { initContainers: [{ name: "side", restartPolicy: "Always" }] };
  test.each<[string, Pod, readonly unknown[]]>([
    ["pending", pod({ phase: "Pending" }), ["0/1", "Pending", "0"]],
    [
      "running",
      pod({ phase: "Running", containerStatuses: [container(running, { ready: true })] }),
      ["1/1", "Running", "0"],
    ],
    [
      "waiting",
      pod({ phase: "Pending", containerStatuses: [container({ waiting: { reason: "ImagePullBackOff" } })] }),
      ["0/1", "ImagePullBackOff", "0"],
    ],
    [
      "restarted",
      pod({
        phase: "Running",
        containerStatuses: [
          container(running, {
            ready: true,
            restartCount: 3,
            lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:07:30Z" } },
          }),
        ],
      }),
      ["1/1", "Running", "3 (2m30s ago)"],
    ],
    [
      "completed",
      pod({ phase: "Succeeded", containerStatuses: [container({ terminated: { exitCode: 0, reason: "Completed" } })] }),
      ["0/1", "Completed", "0"],
    ],
    [
      "failed without reason",
      pod({ phase: "Failed", containerStatuses: [container({ terminated: { exitCode: 7 } })] }),
      ["0/1", "ExitCode:7", "0"],
    ],
    [
      "killed",
      pod({ phase: "Failed", containerStatuses: [container({ terminated: { exitCode: 137, signal: 9 } })] }),
      ["0/1", "Signal:9", "0"],
    ],
    ["evicted", pod({ phase: "Failed", reason: "Evicted" }), ["0/1", "Evicted", "0"]],
    [
      "being deleted",
      pod({ phase: "Running", containerStatuses: [container(running, { ready: true })] }, { metadata: deleted }),
      ["1/1", "Terminating", "0"],
    ],
    [
      "ended and being deleted",
      pod(
        { phase: "Succeeded", containerStatuses: [container({ terminated: { exitCode: 0, reason: "Completed" } })] },
        { metadata: deleted },
      ),
      ["0/1", "Completed", "0"],
    ],
    [
      "initializing",
      pod(
        {
          phase: "Pending",
          initContainerStatuses: [
            container({ terminated: { exitCode: 0 } }, { name: "init" }),
            container(running, { name: "init2" }),
          ],
        },
        { spec: init },
      ),
      ["0/1", "Init:1/2", "0"],
    ],
    [
      "failing to initialize",
      pod(
        {
          phase: "Pending",
          initContainerStatuses: [
            container({ waiting: { reason: "CrashLoopBackOff" } }, { name: "init", restartCount: 2 }),
          ],
        },
        { spec: init },
      ),
      ["0/1", "Init:CrashLoopBackOff", "2"],
    ],
    [
      "with a sidecar",
      pod(
        {
          phase: "Running",
          initContainerStatuses: [container(running, { name: "side", ready: true, started: true })],
          containerStatuses: [container(running, { ready: true })],
        },
        { spec: sidecar },
      ),
      ["2/2", "Running", "0"],
    ],
  ])("that is %s", (_what, one, cells) => expect(podTable.cells(one, now).slice(1, 4)).toEqual(cells));
});

describe("a table", () => {
  test.each<[string, object, readonly unknown[]]>([
    [
      "Node",
      {
        spec: { unschedulable: true },
        status: { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { kubeletVersion: "v1" } },
      },
      ["a", "Ready,SchedulingDisabled", "<none>", "10m", "v1"],
    ],
    [
      "Deployment",
      { spec: { replicas: 3, selector: {}, template: {} }, status: { readyReplicas: 1, updatedReplicas: 2 } },
      ["a", "1/3", 2, 0, "10m"],
    ],
    [
      "Job",
      { spec: { completions: 2, template: {} }, status: { succeeded: 1, startTime: "2026-01-01T00:08:00Z" } },
      ["a", "Running", "1/2", "2m", "10m"],
    ],
    [
      "Service",
      { spec: { type: "NodePort", clusterIP: "10.0.0.1", ports: [{ port: 80, nodePort: 3, protocol: "TCP" }] } },
      ["a", "NodePort", "10.0.0.1", "<none>", "80:3/TCP", "10m"],
    ],
    [
      "Event",
      {
        involvedObject: { kind: "Pod", name: "p" },
        reason: "R",
        type: "Normal",
        message: "m\n",
        lastTimestamp: "2026-01-01T00:09:00Z",
      },
      ["60s", "Normal", "R", "pod/p", "", "", "m"],
    ],
    ["Secret", { type: "Opaque", data: { a: "", b: "" } }, ["a", "Opaque", 2, "10m"]],
    ["Unheard", {}, ["a", "10m"]],
  ])("of kind %s", (kind, object, cells) => {
    expect(
      tableOfKind(kind)
        .cells({ metadata, ...object }, now)
        .slice(0, cells.length),
    ).toEqual(cells);
  });

  test("has the wide columns at priority 1, and rows with the metadata", () => {
    const made = table(podTable, [pod({ phase: "Pending" })], { includeObject: "Metadata", metadata: {}, now }) as {
      columnDefinitions: { name: string; priority: number }[];
      rows: object[];
    };
    expect(made.columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name)).toEqual([
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
    ]);
    expect(made.rows).toMatchObject([{ object: { kind: "PartialObjectMetadata", metadata: { name: "a" } } }]);
  });
});
