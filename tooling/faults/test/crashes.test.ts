import { expect } from "vitest";
import { AgentProgram, type AgentProgramOptions } from "../src/agent/agent-program.ts";
import { isFor } from "../src/api/api-request.ts";
import { Bench } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const planPod = "packages/controllers/src/pods/plan-pod.ts";
const statusWrite = isFor("pods/status", "PATCH");
const removal = isFor("pods", "DELETE");

/** An agent that dies by itself, and that is dead. */
async function dieAt(it: Bench, crashAt: NonNullable<AgentProgramOptions["crashAt"]>, during: () => Promise<unknown>) {
  const agent = await AgentProgram.start(it, { crashAt });
  // Some die before.
  await agent.untilReady().catch(() => {});
  await during();
  await agent.ended;
}

/** Later than the cluster tells of all pods, however much the machine has to do. */
const lateAnswer = { verb: "watch", kind: "slow", ms: 3_000 } as const;

/** The next life. What it does must not be waited for while its program is still being loaded. */
async function startAgain(it: Bench, options: AgentProgramOptions = {}): Promise<AgentProgram> {
  const agent = await AgentProgram.start(it, options);
  await agent.untilReady();
  return agent;
}

/** The end that all of these have in common: the same pods on both sides, each started once, by one creation. */
async function expectOneLifeEach(it: Bench): Promise<string> {
  await it.untilTrue();
  const pods = await it.pods();
  for (const { status } of pods)
    expect(status?.containerStatuses?.map(({ restartCount }) => restartCount) ?? [0]).toEqual([0]);
  expect(it.backend.doubled).toEqual([]);
  expect(it.backend.count("repeated")).toBe(0);
  return `${it.backend.count("created")} created, ${it.backend.count("started")} started, none twice, no restart`;
}

scenario(
  "26 killed before the backend is asked to create",
  {
    expected: "The next start creates the pod, though the cluster has told of it before the backend has answered.",
    guard: {
      file: "packages/controllers/src/pods/pod-controller.ts",
      from: "    if (everyPod) for (const uid of this.#records.keys()) this.#queue.add(uid);",
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await dieAt(it, "before-create", () => it.createPod("web"));
    expect(it.backend.count("created")).toBe(0);
    await it.backend.setFaults([lateAnswer]);
    await startAgain(it);
    await it.untilPhase("web", "Running");
    saw(await expectOneLifeEach(it));
  },
);

scenario(
  "27 killed when the backend has created and before that is known",
  {
    expected: "The next start finds the pod in the backend and adopts it, however late the backend answers.",
    guard: [
      {
        file: planPod,
        from: '  if (!inputs.backendKnown && observed.type !== "present") return { type: "wait" };',
        to: "",
      },
      {
        file: "packages/controllers/src/pods/pod-controller.ts",
        from: "      if (this.#backend.isKnown && this.#clusterKnown && !record.objectGone) this.#admit(record);",
        to: "      if (!record.objectGone) this.#admit(record);",
      },
    ],
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await dieAt(it, "after-create", () => it.createPod("web"));
    expect(it.backend.count("created")).toBe(1);
    await it.backend.setFaults([lateAnswer]);
    await startAgain(it);
    await it.untilPhase("web", "Running");
    saw(await expectOneLifeEach(it));
  },
);

scenario(
  "28 killed after the creation and before the status is sent",
  {
    expected: "What has ended meanwhile is reported with its exit code and not run again; what runs is Running.",
    guard: { file: planPod, from: '  if (observed.type === "present") return planUpdate(record, inputs);', to: "" },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    const agent = await startAgain(it, { connection: proxy.connection });
    const held = proxy.hold(statusWrite, "request");
    await it.createPod("batch", { runMs: 500, exitCode: 3 });
    await held;
    await agent.kill();
    expect((await it.pod("batch"))?.status?.phase).toBe("Pending");
    await until(() => it.backend.count("stopped", "batch") === 1, { what: "the pod to end" });
    await startAgain(it);
    const ended = await it.untilPhase("batch", "Failed");
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
    await it.createPod("web");
    await it.untilPhase("web", "Running");
    saw(`exit code 3 reported; ${await expectOneLifeEach(it)}`);
  },
);

scenario(
  "29 killed when the status is sent and not yet answered",
  {
    expected: "The next start sees that the cluster shows it, and writes nothing.",
    guard: {
      file: "packages/controllers/src/pods/status/status-patch.ts",
      from: "  if (Object.keys(changes).length === 0 && !hasAnnotations) return undefined;",
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    const { connection } = proxy;
    const agent = await startAgain(it, { connection });
    await it.createPod("web", { startMs: 1_000 });
    await until(async () => (await it.pod("web"))?.status?.containerStatuses, { what: "web to be shown as waiting" });
    const held = proxy.hold(statusWrite, "answer");
    await held;
    await agent.kill();
    await it.untilPhase("web", "Running");
    const before = proxy.count(statusWrite);
    await startAgain(it, { connection });
    // Whatever it has to write of the first, it has written before it shows the second.
    await it.createPod("other");
    await it.untilPhase("other", "Running");
    expect(proxy.count(isFor("pods/status", "PATCH", "web"))).toBe(before);
    saw(`${before} status written before the restart, none after it; ${await expectOneLifeEach(it)}`);
  },
);

scenario(
  "30 killed when the deletion is seen and before the backend is asked",
  {
    expected: "The next start stops the pod, and removes its object when the backend has confirmed the end.",
    guard: { file: planPod, from: "  if (isDeleted) return planDeletion(record, inputs);", to: "" },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.createPod("web", { stopMs: 300 });
    await dieAt(it, "before-delete", async () => {
      await it.untilPhase("web", "Running");
      await it.deletePod("web", { gracePeriodSeconds: 30 });
    });
    expect(it.backend.count("stopped")).toBe(0);
    await startAgain(it);
    await it.untilGone("web");
    expect(it.backend.log.findLast(({ event }) => event === "stopped")?.by).toBe("request");
    saw(`stopped within its grace, then removed; ${await expectOneLifeEach(it)}`);
  },
);

scenario(
  "31 killed when the backend has stopped the pod and before its object is removed",
  {
    expected: "The next start removes the object, also when the backend has forgotten the pod meanwhile.",
    guard: {
      file: "packages/controllers/src/pods/pod-steps.ts",
      from: '    if (isProviderError(error, "NotFound")) return undefined;',
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    const agent = await startAgain(it, { connection: proxy.connection });
    const { metadata } = await it.createPod("web");
    await it.untilPhase("web", "Running");
    const held = proxy.hold(removal, "request");
    await it.deletePod("web");
    await held;
    await agent.kill();
    expect(it.backend.live.size).toBe(0);
    expect(await it.pod("web")).toBeDefined();
    await it.backend.tamper(metadata.uid, "lose");
    await startAgain(it);
    await it.untilGone("web");
    saw(`removed though the backend knows it no more; ${await expectOneLifeEach(it)}`);
  },
);

scenario(
  "32 killed when the object is removed and before the backend is told",
  {
    expected: "The next start finds what the backend has kept of the pod, and frees it.",
    guard: {
      file: "packages/controllers/src/pods/backend/backend-view.ts",
      from: "      this.#orphans.suspect(state);",
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    const agent = await startAgain(it, { connection: proxy.connection });
    await it.createPod("web");
    await it.untilPhase("web", "Running");
    const held = proxy.hold(removal, "answer");
    await it.deletePod("web");
    await held;
    await agent.kill();
    await it.untilGone("web");
    const asked = it.backend.count("deleted");
    await startAgain(it);
    await until(() => it.backend.count("deleted") > asked, { what: "the backend to be told" });
    saw(`what was kept of it is freed; ${await expectOneLifeEach(it)}`);
  },
);

scenario(
  "33 killed in the middle of a start, three times over",
  {
    expected:
      "What runs is adopted, what came meanwhile is created, and what was lost meanwhile fails and is not run again.",
    guard: {
      file: planPod,
      from: '  if (hasBackend && !(record.lost && !hasStarted(pod))) return { type: "wait" };',
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const names = ["a", "b", "c", "lost"];
    for (const name of names) await it.createPod(name);
    const first = await startAgain(it);
    for (const name of names) await it.untilPhase(name, "Running");
    await first.kill();
    await it.backend.tamper((await it.untilPhase("lost", "Running")).metadata.uid, "lose");
    await it.createPod("young");
    for (const point of ["in-watch", "in-adopt", "before-create"] as const) await dieAt(it, point, async () => {});
    await startAgain(it);
    for (const name of ["a", "b", "c", "young"]) await it.untilPhase(name, "Running");
    const lost = await it.untilPhase("lost", "Failed");
    expect(lost.status?.containerStatuses?.[0]?.state?.terminated?.reason).toBe("ContainerStatusUnknown");
    saw(await expectOneLifeEach(it));
  },
);
