import { describe, expect, test } from "vitest";
import { type NomadPod, isStuck, podFromJob } from "../src/pod-from-job.ts";
import { recorded, told } from "./recorded-jobs.ts";

const statuses = {
  always: [
    "Pending: main ContainerCreating, ok ContainerCreating",
    "Running: main runs, ok runs",
    "Running: main CrashLoopBackOff (last 7), ok runs",
    "Running: main runs after 1 restarts (last 7), ok runs",
    "Running: main CrashLoopBackOff after 1 restarts (last 7), ok runs",
    "Running: main runs after 2 restarts (last 7), ok runs",
    "Running: main CrashLoopBackOff after 2 restarts (last 7), ok runs",
  ],
  never: [
    "Pending: bad ContainerCreating, ok ContainerCreating",
    "Running: bad Error 7, ok runs",
    "Failed: bad Error 7, ok Completed 0",
  ],
  onfailure: [
    "Pending: bad ContainerCreating, ok ContainerCreating",
    "Running: bad runs, ok runs",
    "Running: bad CrashLoopBackOff (last 3), ok runs",
    "Running: bad CrashLoopBackOff (last 3), ok Completed 0",
    "Running: bad runs after 1 restarts (last 3), ok Completed 0",
    "Running: bad CrashLoopBackOff after 1 restarts (last 3), ok Completed 0",
  ],
  inits: [
    "Pending: i1 PodInitializing, side PodInitializing, i2 PodInitializing, main PodInitializing",
    "Pending: i1 runs, side PodInitializing, i2 PodInitializing, main PodInitializing",
    "Pending: i1 Completed 0, side PodInitializing, i2 PodInitializing, main PodInitializing",
    "Pending: i1 Completed 0, side runs, i2 PodInitializing, main PodInitializing",
    "Pending: i1 Completed 0, side runs, i2 runs, main PodInitializing",
    "Running: i1 Completed 0, side runs, i2 Completed 0, main runs",
  ],
  initfail: [
    "Pending: i1 PodInitializing, i2 PodInitializing, main PodInitializing",
    "Failed: i1 Error 9, i2 PodInitializing, main PodInitializing",
  ],
  initretry: [
    "Pending: i1 PodInitializing, i2 PodInitializing, main PodInitializing",
    "Pending: i1 CrashLoopBackOff (last 9), i2 PodInitializing, main PodInitializing",
    "Pending: i1 Completed 0 after 1 restarts (last 9), i2 PodInitializing, main PodInitializing",
    "Pending: i1 Completed 0 after 1 restarts (last 9), i2 runs, main PodInitializing",
    "Running: i1 Completed 0 after 1 restarts (last 9), i2 Completed 0, main runs",
  ],
  signal: ["Pending: main ContainerCreating", "Failed: main Error 137"],
  stopped: [
    "Pending: main ContainerCreating, deaf ContainerCreating",
    "Running: main runs, deaf runs",
    "Running: main Error 5, deaf runs",
    "Failed: main Error 5, deaf Error 137",
  ],
  nobin: ["Pending: main ContainerCreating", "Pending: main RunContainerError"],
  nobinnever: ["Pending: main ContainerCreating", "Failed: main StartError 128"],
  starterr: ["Pending: main ContainerCreating", "Pending: main ImagePullBackOff"],
  starterrfatal: ["Pending: main ContainerCreating", "Pending: main ErrImagePull"],
  denied: ["Pending: main ContainerCreating", "Pending: main CreateContainerConfigError"],
  replaced: [
    "Pending: main ContainerCreating",
    "Pending: main RunContainerError",
    "Pending: main ContainerCreating",
    "Running: main runs",
  ],
  lost: ["Pending: main ContainerCreating", "Running: main runs", "Failed NodeLost: main ContainerStatusUnknown 137"],
  preempted: ["Pending: main ContainerCreating", "Running: main runs", "Failed Preempted: main Completed 0"],
  sidejob: [
    "Pending: side PodInitializing, main PodInitializing",
    "Running: side runs, main runs",
    "Succeeded: side Error 143, main Completed 0",
  ],
  blocked: ["Pending: main ContainerCreating"],
};

describe("a job's pod", () => {
  test.each(Object.entries(statuses))("tells by what Nomad said of %s how it fared", (name, lines) => {
    expect(told(recorded(name))).toEqual(lines);
  });

  test("is known by the job's meta, with its revision", () => {
    expect(podFromJob(last("always"))).toMatchObject({
      namespace: "default",
      name: "always",
      uid: "uid-always",
      revision: "v1:x",
    });
  });

  test.each([{}, { team: "web" }])("is none of ours without its marks: %j", (meta) => {
    expect(podFromJob({ ...last("always"), meta })).toBeUndefined();
  });

  test("has its client's address where it has none of its own, and else its own", () => {
    expect(podFromJob(last("always"))?.status).toMatchObject({ podIP: "192.0.2.2", hostIP: "192.0.2.2" });
    const own = { Shared: { Networks: [{ Mode: "bridge", IP: "192.0.2.2" }] } };
    expect(podFromJob(changed("always", { AllocatedResources: own }))?.status).not.toHaveProperty("podIP");
    const placed = changed("always", { AllocatedResources: own, NetworkStatus: { Address: "198.51.100.7" } });
    expect(podFromJob(placed)?.status).toMatchObject({ podIP: "198.51.100.7", hostIP: "192.0.2.2" });
  });

  test("has containers whose IDs are the allocation, the task and the run", () => {
    const [allocation] = last("inits").allocations;
    expect(podFromJob(last("inits"))?.status?.containerStatuses?.[0]).toMatchObject({
      containerID: `nomad://${allocation?.ID}/main/0`,
    });
  });

  test("says what a signal and a graceful end were", () => {
    const [main, deaf] = podFromJob(last("stopped"))?.status?.containerStatuses ?? [];
    expect(main?.state?.terminated).toMatchObject({ exitCode: 5, finishedAt: "2026-11-26T17:28:03.106Z" });
    expect(deaf?.state?.terminated).toMatchObject({ exitCode: 137, signal: 9 });
  });

  test("was killed for want of memory when its driver says so", () => {
    const job = withTask("signal", "main", ({ Events, ...task }) => ({
      ...task,
      Events: (Events ?? []).map((event) => ({ ...event, Details: { ...event.Details, oom_killed: "true" } })),
    }));
    expect(podFromJob(job)?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: "OOMKilled",
    });
  });

  test("stays as it was while its client is out of reach", () => {
    const { status: previous } = podFromJob(last("inits")) ?? {};
    const unknown = podFromJob(changed("inits", { ClientStatus: "unknown" }), previous ? { previous } : {});
    expect(unknown?.status).toEqual(previous);
  });

  test.each([
    ["lost", "NodeLost", "alloc is lost since its node is down"],
    ["preempted", "Preempted", "Nomad needed its place for allocation 02df612c-ff95-3dc1-ae98-7e69bcb2e928"],
  ])("is disrupted when it is %s", (name, reason, message) => {
    const states = recorded(name).map((job) => podFromJob(job)?.status);
    expect(states.find((status) => status?.phase === "Failed")).toMatchObject({
      phase: "Failed",
      reason,
      message,
      conditions: [{ type: "DisruptionTarget", status: "True", reason, message }],
    });
  });

  test("is the newest of several allocations, and counts the runs of the others", () => {
    const [old] = last("always").allocations;
    const [next] = running("always").allocations;
    if (!old || !next) throw new Error("not recorded");
    const newer = { ...next, ID: "newer", CreateIndex: old.CreateIndex + 9 };
    const { status } = podFromJob({ ...last("always"), allocations: [newer, { ...old, ClientStatus: "lost" }] }) ?? {};
    expect(status?.phase).toBe("Running");
    expect(status?.containerStatuses).toMatchObject([
      { name: "main", restartCount: 3, containerID: "nomad://newer/main/3" },
      { name: "ok", restartCount: 1 },
    ]);
  });

  test("that is gone without a word ended in a way that nobody knows", () => {
    const gone = { ...last("always"), allocations: [], stopped: true };
    expect(told([...recorded("always").slice(0, 2), gone]).at(-1)).toBe(
      "Failed: main ContainerStatusUnknown 137, ok ContainerStatusUnknown 137",
    );
  });

  test("says which variable its templates wait for in vain", () => {
    const [main] = podFromJob(last("denied"))?.status?.containerStatuses ?? [];
    expect(main?.state?.waiting?.message).toMatch(/^Missing: nomad\.var\.block\(nomad\/jobs\/vk-.*\/files-3@/);
  });

  test("is stuck when Nomad has given up what may be mended", () => {
    const stuck = Object.keys(statuses).filter((name) => isStuck(last(name)));
    expect(stuck).toEqual(["nobin", "starterrfatal"]);
  });
});

function last(name: string): NomadPod {
  const job = recorded(name).at(-1);
  if (!job) throw new Error(`${name} is not recorded`);
  return job;
}

function running(name: string): NomadPod {
  const job = recorded(name).find((each) => told([each]).join().startsWith("Running"));
  if (!job) throw new Error(`${name} never ran`);
  return job;
}

type Allocation = NomadPod["allocations"][number];
type Task = NonNullable<Allocation["TaskStates"]>[string];

function changed(name: string, change: Partial<Allocation>): NomadPod {
  const job = last(name);
  return { ...job, allocations: job.allocations.map((allocation) => ({ ...allocation, ...change })) };
}

function withTask(name: string, task: string, change: (state: Task) => Task): NomadPod {
  const states = last(name).allocations[0]?.TaskStates ?? {};
  const state = states[task];
  if (!state) throw new Error(`${name} has no task ${task}`);
  return changed(name, { TaskStates: { ...states, [task]: change(state) } });
}
