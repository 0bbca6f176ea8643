import type { ContainerStatus, PodStatus } from "@virtual-kubelet/kubernetes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BackendContainer, BackendPod, BackendState } from "../../src/status/backend-pod.ts";
import { podStatusFrom } from "../../src/status/pod-status-from.ts";

const at = (second: number) =>
  new Date(Date.UTC(2026, 0, 2, 3, 4, 0) + second * 1000).toISOString().replace(".000", "");
const runs = (second: number): BackendState => ({ running: { startedAt: at(second) } });
const ended = (exitCode: number, from: number, to: number): BackendState => ({
  terminated: { exitCode, startedAt: at(from), finishedAt: at(to) },
});
const waits: BackendState = { waiting: {} };
const lost: BackendState = { unknown: { message: "the host is lost" } };

function container(state: BackendState, more: Partial<BackendContainer> = {}): BackendContainer {
  return { name: "web", kind: "regular", image: "web:1", state, ...more };
}
function podOf(containers: readonly BackendContainer[], more: Partial<BackendPod> = {}): BackendPod {
  return { id: "nomad://5a1c", restartPolicy: "Always", containers, ...more };
}
/** The last status of readings that follow each other. */
function after(...readings: readonly BackendPod[]): PodStatus {
  return readings.reduce((previous: PodStatus, reading) => podStatusFrom(reading, { previous }), {});
}
function only(status: PodStatus): ContainerStatus {
  const [first] = status.containerStatuses ?? [];
  if (!first) throw new Error("There is no container");
  return first;
}

describe("podStatusFrom", () => {
  test("tells all that is known of a pod that runs", () => {
    const backend = podOf([container(runs(1), { imageID: "web@sha256:1" })], {
      startedAt: at(0),
      podIPs: ["10.0.0.1", "fd00::1"],
      hostIPs: ["192.0.2.1"],
    });
    expect(podStatusFrom(backend)).toEqual({
      phase: "Running",
      startTime: at(0),
      podIP: "10.0.0.1",
      podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }],
      hostIP: "192.0.2.1",
      hostIPs: [{ ip: "192.0.2.1" }],
      containerStatuses: [
        {
          name: "web",
          image: "web:1",
          imageID: "web@sha256:1",
          containerID: "nomad://5a1c/web/0",
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: at(1) } },
        },
      ],
    });
  });

  test.each<[string, Partial<BackendPod>, BackendState, string]>([
    ["has not started", {}, waits, "Pending"],
    ["runs", {}, runs(1), "Running"],
    ["ended well, and is started again", {}, ended(0, 1, 2), "Running"],
    ["ended well", { restartPolicy: "Never" }, ended(0, 1, 2), "Succeeded"],
    ["ended badly, and is started again", { restartPolicy: "OnFailure" }, ended(1, 1, 2), "Running"],
    ["ended badly", { restartPolicy: "Never" }, ended(1, 1, 2), "Failed"],
    ["ended well, with the pod", { isEnded: true }, ended(0, 1, 2), "Succeeded"],
    ["never started, and never will", { isEnded: true }, waits, "Failed"],
    ["is not known of", {}, lost, "Pending"],
    ["is not known of and over", { isEnded: true }, lost, "Failed"],
  ])("of a container that %s (%j)", (_, pod, state, phase) => {
    expect(podStatusFrom(podOf([container(state)], pod)).phase).toBe(phase);
  });

  test.each([
    [{ exitCode: 0 }, { exitCode: 0, reason: "Completed" }],
    [{ exitCode: 3 }, { exitCode: 3, reason: "Error" }],
    [{ signal: 15 }, { exitCode: 143, signal: 15, reason: "Error" }],
    [
      { exitCode: 137, isOutOfMemory: true },
      { exitCode: 137, reason: "OOMKilled" },
    ],
    [{ isOutOfMemory: true }, { exitCode: 137, reason: "OOMKilled" }],
    [
      { exitCode: 128, reason: "StartError" },
      { exitCode: 128, reason: "StartError" },
    ],
    [{}, { exitCode: 137, reason: "ContainerStatusUnknown" }],
    [
      { exitCode: 0, startedAt: at(9), finishedAt: at(5) },
      { exitCode: 0, reason: "Completed", startedAt: at(9), finishedAt: at(9) },
    ],
  ])("of the end %j makes %j", (terminated, expected) => {
    const status = podStatusFrom(podOf([container({ terminated })], { restartPolicy: "Never" }));
    expect(only(status).state?.terminated).toMatchObject(expected);
  });

  test("lets containers wait for the init containers before them, and those that are done count as ready", () => {
    const init = container(ended(0, 1, 2), { name: "first", kind: "init" });
    const proxy = container(runs(3), { name: "proxy", kind: "sidecar" });
    const pending = podStatusFrom(
      podOf([init, container(waits, { name: "proxy", kind: "sidecar" }), container(waits)]),
    );
    expect(pending.phase).toBe("Pending");
    expect(only(pending).state).toEqual({ waiting: { reason: "PodInitializing" } });
    const status = podStatusFrom(podOf([init, proxy, container(runs(4))]));
    expect(status.phase).toBe("Running");
    expect(status.initContainerStatuses?.map(({ name, ready, started }) => ({ name, ready, started }))).toEqual([
      { name: "first", ready: true, started: false },
      { name: "proxy", ready: true, started: true },
    ]);
    expect(only(podStatusFrom(podOf([container(waits)]))).state).toEqual({ waiting: { reason: "ContainerCreating" } });
  });

  test.each([
    ["regular", ended(0, 2, 3), "Running"],
    ["init", ended(1, 2, 3), "Pending"],
  ] as const)("has no pod be over while a sidecar runs, though its %s container has ended", (kind, state, phase) => {
    const pod = (proxy: BackendState) =>
      podOf(
        [
          container(proxy, { name: "proxy", kind: "sidecar" }),
          container(state, { name: "work", kind }),
          ...(kind === "init" ? [container(waits)] : []),
        ],
        { restartPolicy: "Never" },
      );
    expect(podStatusFrom(pod(runs(1))).phase).toBe(phase);
    expect(after(pod(runs(1)), pod(ended(143, 1, 4))).phase).toBe(kind === "init" ? "Failed" : "Succeeded");
  });

  test("neither waits for nor probes ephemeral containers", () => {
    const debug = container(runs(3), { name: "debug", kind: "ephemeral" });
    const status = podStatusFrom(podOf([container(ended(0, 1, 2)), debug], { restartPolicy: "Never" }));
    expect(status.phase).toBe("Succeeded");
    expect(status.ephemeralContainerStatuses).toMatchObject([{ name: "debug", ready: false }]);
  });

  test("says that a pod had to go, though an earlier disruption was called off", () => {
    const disruption = { reason: "Preempted", message: "for another job" };
    const calledOff = { type: "DisruptionTarget", status: "False", reason: "DeletionByTaintManager" };
    const previous = { ...podStatusFrom(podOf([container(runs(1))])), conditions: [calledOff] };
    const status = podStatusFrom(podOf([container(runs(1))], { disruption }), { previous });
    expect(status.conditions).toEqual([{ type: "DisruptionTarget", status: "True", ...disruption }]);
  });

  test("says that a pod had to go for no fault of its own, once", () => {
    const disruption = { reason: "PreemptionByScheduler", message: "a job of higher priority took its place" };
    const status = after(podOf([container(runs(1))], { disruption }), podOf([container(runs(1))]));
    expect(status.conditions).toEqual([{ type: "DisruptionTarget", status: "True", ...disruption }]);
  });
});

describe("podStatusFrom, held against the status before", () => {
  test("leaves a pod that is over as it was", () => {
    const over = podOf([container(ended(1, 1, 2))], { restartPolicy: "Never", reason: "Evicted" });
    expect(after(over, podOf([container(runs(9))]))).toEqual(podStatusFrom(over));
  });

  test("keeps what the backend cannot tell", () => {
    const running = podOf([container(runs(1))], { startedAt: at(0), podIPs: ["10.0.0.1"] });
    expect(after(running, podOf([container(lost)]))).toEqual(podStatusFrom(running));
  });

  test("ends what was lost with its pod", () => {
    const status = after(podOf([container(runs(1))]), podOf([container(lost)], { isEnded: true, reason: "NodeLost" }));
    expect(status).toMatchObject({ phase: "Failed", reason: "NodeLost" });
    expect(only(status).state?.terminated).toMatchObject({
      exitCode: 137,
      reason: "ContainerStatusUnknown",
      startedAt: at(1),
    });
  });

  test("keeps a start, also when the cluster has cut it to seconds", () => {
    const later: BackendState = { running: { startedAt: at(1).replace("Z", ".250Z") } };
    expect(only(after(podOf([container(runs(1))]), podOf([container(later)]))).state).toEqual({
      running: { startedAt: at(1) },
    });
  });

  test("does not believe that what has ended still runs", () => {
    const status = after(podOf([container(ended(1, 1, 3))]), podOf([container(runs(1))]));
    expect(only(status)).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 1 } } });
  });

  test("sees a container run again of whose end no time is known", () => {
    const status = after(podOf([container({ terminated: { exitCode: 1 } })]), podOf([container(runs(5))]));
    expect(only(status)).toMatchObject({ restartCount: 1, state: { running: { startedAt: at(5) } } });
  });

  test("sees a container run again within the second in which it had started and ended", () => {
    const within = (ms: number) => at(1).replace("Z", `.${ms}Z`);
    const end: BackendState = { terminated: { exitCode: 1, startedAt: within(100), finishedAt: within(300) } };
    const again: BackendState = { running: { startedAt: within(400) } };
    const status = after(podOf([container(end)]), podOf([container(again)]), podOf([container(again)]));
    expect(only(status)).toMatchObject({ restartCount: 1, state: again });
    const stale: BackendState = { running: { startedAt: within(200) } };
    expect(only(after(podOf([container(end)]), podOf([container(stale)])))).toMatchObject({
      restartCount: 0,
      state: end,
    });
  });

  test("takes two starts of what ended after both for one", () => {
    const status = after(podOf([container(ended(1, 1, 5))]), podOf([container(runs(3))]));
    expect(only(status)).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 1 } } });
  });

  test("counts a restart that the backend does not, and keeps how the run before ended", () => {
    const status = after(podOf([container(runs(1))]), podOf([container(ended(1, 1, 3))]), podOf([container(runs(5))]));
    expect(only(status)).toMatchObject({
      restartCount: 1,
      containerID: "nomad://5a1c/web/1",
      state: { running: { startedAt: at(5) } },
      lastState: { terminated: { exitCode: 1, containerID: "nomad://5a1c/web/0" } },
    });
  });

  test("names the run whose end a backend tells", () => {
    const counted = (second: number, restartCount: number) => container(runs(second), { restartCount });
    const last = { exitCode: 2, finishedAt: at(6) };
    const third = after(podOf([counted(1, 0)]), podOf([counted(4, 1)]), podOf([{ ...counted(7, 2), last }]));
    expect(only(third).lastState?.terminated).toMatchObject({ exitCode: 2, containerID: "nomad://5a1c/web/1" });
    const again = podStatusFrom(podOf([{ ...counted(7, 2), last }]), { previous: third });
    expect(only(again)).toEqual(only(third));
  });

  test("takes a backend's count as it is, before the start as after it", () => {
    const counted = (restartCount: number) => ({ restartCount });
    const status = after(
      podOf([container(runs(1), counted(0))]),
      podOf([container(waits, { ...counted(1), last: { exitCode: 2, finishedAt: at(3) } })]),
      podOf([container(runs(5), counted(1))]),
    );
    expect(only(status)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 2 } } });
    expect(only(status).state).toEqual({ running: { startedAt: at(5) } });
    const third = podStatusFrom(podOf([container(runs(8), counted(2))]), { previous: status });
    expect(only(third)).toMatchObject({ restartCount: 2, state: { running: { startedAt: at(8) } } });
    expect(only(third).lastState?.terminated).toMatchObject({ reason: "ContainerStatusUnknown", startedAt: at(5) });
  });

  test("goes on counting where a backend has begun anew", () => {
    const reading = (state: BackendState, restartCount: number) => podOf([container(state, { restartCount })]);
    const status = after(reading(runs(1), 3), reading(runs(20), 0));
    expect(only(status)).toMatchObject({ restartCount: 4, state: { running: { startedAt: at(20) } } });
  });

  test("shows a container that is to be started again as crash looping, and the pod as running", () => {
    const status = after(podOf([container(ended(1, 1, 3))]), podOf([container(waits)]));
    expect(status.phase).toBe("Running");
    expect(only(status)).toMatchObject({
      containerID: "nomad://5a1c/web/0",
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1 } },
    });
  });

  test("leaves what will not be started again ended, though the backend has it wait", () => {
    const never = { restartPolicy: "Never" } as const;
    const other = container(runs(1), { name: "other" });
    const status = after(podOf([container(ended(1, 1, 3)), other], never), podOf([container(waits), other], never));
    expect(only(status).state?.terminated?.exitCode).toBe(1);
  });

  test("takes how a container ended from a backend that did not know at first", () => {
    const status = after(podOf([container({ terminated: {} })]), podOf([container(ended(3, 1, 2))]));
    expect(only(status).state?.terminated?.exitCode).toBe(3);
  });
});

const time = fc.integer({ min: 0, max: 60 });
const state: fc.Arbitrary<BackendState> = fc.oneof(
  fc.constant(waits),
  fc.constant(lost),
  time.map(runs),
  fc.tuple(fc.constantFrom(0, 1), time, time).map(([code, from, to]) => ended(code, from, to)),
);
const count = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
const someContainer = fc
  .record({ state, count, last: fc.option(time, { nil: undefined }) })
  .map(({ state: now, count: restartCount, last }) => ({
    state: now,
    ...(restartCount === undefined ? {} : { restartCount }),
    ...(last === undefined ? {} : { last: { exitCode: 1, finishedAt: at(last) } }),
  }));
const kinds = ["init", "sidecar", "regular", "regular", "ephemeral"] as const;
const reading = fc
  .record({
    policy: fc.constantFrom("Always" as const, "OnFailure" as const, "Never" as const),
    containers: fc.array(someContainer, { minLength: kinds.length, maxLength: kinds.length }),
    startedAt: time,
    isEnded: fc.constantFrom(false, false, false, true),
  })
  .map(({ policy, containers, startedAt, isEnded }) =>
    podOf(
      containers.map((each, index) => ({ ...each, name: `c${index}`, kind: kinds[index] ?? "regular", image: "i" })),
      { restartPolicy: policy, startedAt: at(startedAt), isEnded },
    ),
  );

function allOf(status: PodStatus): readonly ContainerStatus[] {
  return [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses].flatMap(
    (statuses) => statuses ?? [],
  );
}
const isOver = ({ phase }: PodStatus) => phase === "Succeeded" || phase === "Failed";

describe("whatever a backend says, one reading after another,", () => {
  test("nothing goes backwards", () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 2, maxLength: 12 }), (readings) => {
        let before: PodStatus = podStatusFrom(readings[0] as BackendPod);
        for (const next of readings.slice(1)) {
          const status = podStatusFrom(next, { previous: before });
          if (isOver(before)) expect(status).toEqual(before);
          if (before.phase === "Running") expect(status.phase).not.toBe("Pending");
          expect(status.startTime).toBe(before.startTime);
          for (const [index, now] of allOf(status).entries()) expectForward(allOf(before)[index], now);
          expect(podStatusFrom(next, { previous: status })).toEqual(status);
          before = status;
        }
      }),
      { numRuns: 500 },
    );
  });
});

function expectForward(before: ContainerStatus | undefined, now: ContainerStatus): void {
  expect(now.restartCount).toBeGreaterThanOrEqual(before?.restartCount ?? 0);
  if (startOf(now) !== "") expect(startOf(now) >= startOf(before)).toBe(true);
  const { terminated, running } = now.state ?? {};
  if (terminated?.finishedAt && terminated.startedAt) expect(terminated.finishedAt >= terminated.startedAt).toBe(true);
  if (before?.state?.terminated && running) {
    expect(now.restartCount > before.restartCount || startOf(now) > startOf(before)).toBe(true);
  }
}

/** Nothing for one whose start is not known. */
function startOf({ state: now, lastState }: Partial<ContainerStatus> = {}): string {
  const { running, terminated } = now ?? {};
  return running?.startedAt ?? terminated?.startedAt ?? (now?.waiting ? lastState?.terminated?.startedAt : "") ?? "";
}
