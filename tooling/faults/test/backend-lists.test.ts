import { resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import { Bench, nodeName } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const pods = "packages/controllers/src/pods";
/** A provider that is polled: what follows is concluded from its lists alone. */
const polled = { backend: { watch: false } } as const;

async function conditionOf(it: Bench, type: string): Promise<string | undefined> {
  const node = await it.client.get(resources.nodes, { name: nodeName });
  return node.status?.conditions?.find((condition) => condition.type === type)?.status;
}

scenario(
  "41 the backend's list is behind: it lacks a new pod, and still has one that is gone",
  {
    expected: "The new one is neither failed nor created again, the old one not brought back.",
    guard: {
      file: `${pods}/backend/missed-pods.ts`,
      from: "      look(ref.uid);",
      to: "      Object.assign(records.get(ref.uid) ?? {}, { lost: true, observed: { type: 'absent' } });\n      this.#options.changed(ref.uid);",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode(polled);
    await it.createPod("old");
    await it.untilPhase("old", "Running");
    await it.backend.setFaults([{ verb: "list", kind: "frozen" }]);
    await it.deletePod("old");
    await it.createPod("young");
    await it.untilPhase("young", "Running");
    await it.untilGone("old");
    // Many lists, and more than twice the time after which two of them count.
    await it.outage(2_000);
    expect((await it.pod("young"))?.status?.phase).toBe("Running");
    await it.backend.setFaults([]);
    await it.untilTrue();
    expect(it.backend.count("asked")).toBe(2);
    saw("the new pod Running all the time, asked for once; the old one gone");
  },
);

scenario(
  "42 the second page of the backend's list fails",
  {
    expected: "A part is not taken for the whole: nothing is concluded, and the node says that it cannot see its pods.",
    guard: {
      file: `${pods}/backend/observe-pods.ts`,
      from: `    for await (const pod of untilAborted(options.provider.getPods(call), call.signal))
      found.push(reportedPod(pod, "getPods"));`,
      to: `    try {
      for await (const pod of untilAborted(options.provider.getPods(call), call.signal)) found.push(reportedPod(pod, "getPods"));
    } catch {}`,
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode(polled);
    for (let index = 0; index < 6; index++) await it.createPod(`pod-${index}`);
    for (let index = 0; index < 6; index++) await it.untilPhase(`pod-${index}`, "Running");
    await it.backend.setFaults([
      { verb: "list", kind: "cut" },
      { verb: "get", kind: "error", status: 404 },
    ]);
    await until(async () => (await conditionOf(it, "PodsObserved")) === "False", { what: "the node to say so" });
    await it.outage(1_500);
    expect((await it.pods()).map(({ status }) => status?.phase)).toEqual(Array.from({ length: 6 }, () => "Running"));
    await it.backend.setFaults([]);
    await until(async () => (await conditionOf(it, "PodsObserved")) === "True", { what: "the node to see again" });
    expect(await it.differences()).toEqual([]);
    saw("PodsObserved=False, six pods Running; True again after");
  },
);

scenario(
  "43 the backend answers with an empty list, as for a wrong account",
  {
    expected:
      "Nothing is failed or created anew; the node says so, and goes on when the list is repaired or the user confirms.",
    guard: {
      file: `${pods}/backend/disappearance.ts`,
      from: "return missing > pods && missing > share * expected;",
      to: "return false;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode(polled);
    for (let index = 0; index < 15; index++) await it.createPod(`pod-${index}`);
    for (let index = 0; index < 15; index++) await it.untilPhase(`pod-${index}`, "Running");
    await it.backend.setFaults([
      { verb: "list", kind: "empty" },
      { verb: "get", kind: "error", status: 404 },
    ]);
    await until(async () => (await conditionOf(it, "PodsDisappeared")) === "True", { what: "the node to say so" });
    await it.outage(1_500);
    expect((await it.pods()).filter(({ status }) => status?.phase === "Running")).toHaveLength(15);
    await it.backend.setFaults([]);
    await until(async () => (await conditionOf(it, "PodsDisappeared")) === "False", {
      what: "the node to believe again",
    });
    expect(it.backend.count("asked")).toBe(15);
    expect(await it.differences()).toEqual([]);
    saw("PodsDisappeared=True, 15 pods Running; False again after");
  },
);

scenario(
  "44 pods are stopped and taken away behind the node's back",
  {
    expected:
      "One that ended is Failed with its exit code; one that vanished is Failed with ContainerStatusUnknown, once two lists and the backend's own word lack it.",
    guard: { file: `${pods}/backend/missed-pods.ts`, from: "    record.lost = true;", to: "" },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    const stopped = await it.createPod("stopped");
    const taken = await it.createPod("taken");
    await it.untilPhase("stopped", "Running");
    await it.untilPhase("taken", "Running");
    await it.backend.tamper(stopped.metadata.uid, "finish", 143);
    await it.backend.tamper(taken.metadata.uid, "lose");
    const stoppedAtMs = performance.now();
    const ended = await it.untilPhase("stopped", "Failed", 10_000);
    const seconds = (performance.now() - stoppedAtMs) / 1_000;
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(143);
    await it.relist();
    const lost = await it.untilPhase("taken", "Failed");
    expect(lost.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: "ContainerStatusUnknown",
      exitCode: 137,
    });
    expect(it.backend.count("started")).toBe(2);
    saw(`exit code 143 after ${seconds.toFixed(1)} s; ContainerStatusUnknown after two lists`);
  },
);

scenario(
  "46 the backend reports a pod of another life",
  {
    expected:
      "It is stopped as an orphan, once the cluster has said twice that it does not know it; its namesake lives on.",
    guard: {
      file: `${pods}/backend/orphaned-pods.ts`,
      from: "!known.has(state.uid) && this.#suspects.has(state.uid) ? [state] : [],",
      to: "[...known].length === 0 && this.#suspects.has(state.uid) ? [state] : [],",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const first = await it.startNode();
    const old = await it.createPod("web");
    await it.untilPhase("web", "Running");
    await first[Symbol.asyncDispose]();
    await it.client.delete(resources.pods, { namespace: "default", name: "web" }, { gracePeriodSeconds: 0 });
    const young = await it.createPod("web");
    await it.startNode();
    await it.untilTrue();
    expect([...it.backend.live]).toEqual([young.metadata.uid]);
    expect(young.metadata.uid).not.toBe(old.metadata.uid);
    saw("the old UID was stopped, the new one runs");
  },
);

scenario(
  "47 a pod is deleted by force and created anew under its name, twenty times without a pause",
  {
    expected: "Each is a life of its own: no status, stop or object of one is mixed with another's.",
    guard: {
      file: `${pods}/pod-controller.ts`,
      from: "    const known = this.#records.get(uid);",
      to: "    const known = [...this.#records.values()].find(({ ref }) => ref.name === name);",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    for (let life = 0; life < 20; life++) {
      await it.createPod("web", { stopMs: 50 });
      if (life < 19) await it.deletePod("web", { gracePeriodSeconds: 0 });
    }
    const last = await it.untilPhase("web", "Running");
    await it.untilTrue();
    expect([...it.backend.live]).toEqual([last.metadata.uid]);
    expect(it.backend.doubled).toEqual([]);
    saw(`${it.backend.count("started")} of 20 lives were started, the last one runs`);
  },
);
