import { expect } from "vitest";
import type { WorkEntry } from "../src/backend/work-log.ts";
import { Bench } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const pods = "packages/controllers/src/pods";

/** How many creations were asked for once more while the backend wanted to be left alone, having refused another. */
function askedTooSoon(log: readonly WorkEntry[]): number {
  const asked = new Set<string>();
  let refusedAtMs = -Infinity;
  let count = 0;
  for (const { event, uid, at } of log) {
    const atMs = Date.parse(at);
    if (event === "refused") refusedAtMs = atMs;
    if (event !== "asked") continue;
    if (asked.has(uid) && atMs - refusedAtMs < 900) count++;
    asked.add(uid);
  }
  return count;
}

scenario(
  "36 the backend throttles: four creations at once, 429 with Retry-After for what is more",
  {
    expected: "It is left alone for as long as it asks, deletions go on meanwhile, and no pod is lost.",
    guard: {
      file: `${pods}/creation-pace.ts`,
      from: `if (isProviderError(error, "Throttled")) this.#slow(error);`,
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    await it.createPod("first");
    await it.untilPhase("first", "Running");
    await it.backend.setFaults([{ verb: "create", kind: "busy", limit: 4, ms: 300, retryAfterSeconds: 1 }]);
    await Promise.all(Array.from({ length: 40 }, (_, index) => it.createPod(`pod-${index}`)));
    const askedAt = performance.now();
    await it.deletePod("first");
    await it.untilGone("first");
    const deletionMs = Math.round(performance.now() - askedAt);
    await it.untilTrue(60_000);
    const { log } = it.backend;
    const tooSoon = askedTooSoon(log);
    const lastCreation = log.findLastIndex(({ event }) => event === "created");
    expect(log.findIndex(({ event }) => event === "deleted")).toBeLessThan(lastCreation);
    const refused = it.backend.count("refused");
    // How many of those that came together are refused is the machine's; what comes after a refusal is the node's.
    expect(tooSoon).toBeLessThan(10);
    expect(refused).toBeLessThan(80);
    saw(
      `40 pods run after ${refused} refusals, ${tooSoon} asked for again too soon; a deletion meanwhile took ${deletionMs} ms`,
    );
  },
);

scenario(
  "37 half of all calls to the backend fail",
  {
    expected: "Every pod is started once; nothing is given up.",
    guard: {
      file: "packages/controllers/src/queue/work-queue.ts",
      from: "    else this.#schedule(key, entry, delayMs);",
      to: "    else this.#entries.delete(key);",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    await it.backend.setFaults([{ verb: "any", kind: "error", status: 500, share: 0.5 }]);
    for (let index = 0; index < 20; index++) await it.createPod(`pod-${index}`);
    // A pod that fails eight times in a row waits for a minute in all.
    await it.untilTrue(100_000);
    await it.backend.setFaults([]);
    await until(async () => (await it.pods()).every(({ status }) => status?.phase === "Running"), {
      what: "all pods to be Running",
    });
    expect(it.backend.count("started")).toBe(20);
    saw(`20 pods, asked for ${it.backend.count("asked")} times, started once each`);
  },
);

scenario(
  "38 a creation succeeds, and its answer never comes",
  {
    expected: "The pod is found by its tags and taken over; it is not asked for again.",
    guard: {
      file: `${pods}/plan-pod.ts`,
      from: `  if (observed.type === "present") return planUpdate(record, inputs);`,
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode({ deadlines: { readMs: 1_000, changeMs: 500 } });
    await it.backend.setFaults([{ verb: "create", kind: "late", times: 1 }]);
    // It starts when the deadline of the call has passed, and the pause after its failure: until then the cluster does not know it.
    await it.createPod("web", { startMs: 3_000 });
    await it.untilPhase("web", "Running");
    expect(it.backend.count("asked")).toBe(1);
    expect((await it.pod("web"))?.status?.phase).toBe("Running");
    saw("asked for once, started once, Running");
  },
);

scenario(
  "39 the backend hangs, and comes back",
  {
    expected: "However long it takes, what was to be created or stopped meanwhile is; what ran runs on.",
    guard: [
      {
        file: `${pods}/backend/observe-pods.ts`,
        from: "for (let failures = 0; !signal.aborted;) {",
        to: "for (let failures = 0; failures < 1 && !signal.aborted;) {",
      },
      {
        file: "packages/controllers/src/queue/work-queue.ts",
        from: "    else this.#schedule(key, entry, delayMs);",
        to: "    else if (entry.failures > 2) this.#entries.delete(key);\n    else this.#schedule(key, entry, delayMs);",
      },
    ],
    timeoutMs: 180_000,
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode({ backend: { watch: false }, deadlines: { readMs: 500, changeMs: 500 } });
    await it.createPod("steady");
    await it.createPod("leaving");
    const before = await it.untilPhase("steady", "Running");
    await it.untilPhase("leaving", "Running");
    it.backend.pause();
    await it.createPod("young");
    await it.deletePod("leaving");
    await until(async () => (await it.pod("young"))?.status?.containerStatuses?.[0]?.state?.waiting?.reason, {
      what: "the waiting pod to say why",
    });
    await it.outage(5_000);
    it.backend.resume();
    await it.untilGone("leaving", 30_000);
    await it.untilTrue(30_000);
    await it.untilPhase("young", "Running", 30_000);
    const after = await it.untilPhase("steady", "Running");
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(it.backend.count("started", "steady")).toBe(1);
    saw("one created, one stopped, one untouched, after 5 s without a word");
  },
);

scenario(
  "40 a creation is under way for long when its pod is deleted, and ends after that",
  {
    expected: "The deletion does not wait for it; what comes into being all the same is stopped.",
    guard: {
      file: `${pods}/backend/backend-view.ts`,
      from: "for await (const state of this.#orphans.found({ signal: this.#signal })) this.#onOrphan(state);",
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    await it.backend.setFaults([{ verb: "create", kind: "slow", ms: 12_000, times: 1 }]);
    await it.createPod("web");
    await until(() => it.backend.count("asked") === 1, { what: "the creation to be under way" });
    const askedAt = performance.now();
    await it.deletePod("web");
    await it.untilGone("web");
    const deletionMs = Math.round(performance.now() - askedAt);
    expect(it.backend.count("started")).toBe(0);
    await until(() => it.backend.count("started") === 1, { what: "the creation to end" });
    await it.untilTrue();
    saw(`the object was gone after ${deletionMs} ms; the pod started after that and was stopped`);
  },
);

scenario(
  "45 a status flaps a hundred times a second",
  {
    expected: "At most ten writes a second for a pod, and its end is not lost among them.",
    guard: {
      file: `${pods}/status/pod-status-reporter.ts`,
      from: "if (sinceMs < betweenWritesMs) return { againInMs: betweenWritesMs - sinceMs };",
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    await it.createPod("web");
    const { metadata } = await it.untilPhase("web", "Running");
    using writes = it.countVersions("web");
    const startedAt = performance.now();
    for (let flaps = 0; flaps < 200; flaps++) await it.backend.tamper(metadata.uid, "flap");
    const seconds = (performance.now() - startedAt) / 1000;
    const written = writes.count;
    await it.backend.tamper(metadata.uid, "finish", 3);
    const ended = await it.untilPhase("web", "Failed");
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
    expect(written).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 1);
    saw(`200 changes in ${seconds.toFixed(1)} s became ${written} writes, and then exit code 3`);
  },
);
