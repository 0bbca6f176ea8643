import { resources } from "@virtual-kubelet/kubernetes";
import { expect } from "vitest";
import type { ApiProxy } from "../src/api/api-proxy.ts";
import { isPodList, isPodWatch } from "../src/api/api-request.ts";
import { Bench, nodeName } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const pods = "packages/controllers/src/pods";
const many = 20;

/** The API server answers as one that has another etcd: no pods, and nothing happens to any. Resolves once the node has heard. */
async function forget(it: Bench, proxy: ApiProxy): Promise<void> {
  let hasListed = false;
  proxy.judge = async (request) => {
    if (request.path.includes("sendInitialEvents=true")) return { code: 422 };
    if (isPodList(request)) {
      // As new as can be, or the node would not believe it.
      const { metadata } = await it.client.list(resources.pods, { namespace: "default" });
      hasListed = true;
      return { code: 200, body: { kind: "PodList", apiVersion: "v1", metadata, items: [] } };
    }
    if (!isPodWatch(request)) return undefined;
    return hasListed ? { code: 200, lines: [] } : { code: 410, reason: "Expired" };
  };
  const isForgotten = (): boolean => {
    // A watch that was on its way a moment ago may be open now.
    if (!hasListed) proxy.cutWatches();
    return hasListed;
  };
  await until(isForgotten, { what: "the node to list its pods" });
}

/** The API server is itself again: it cannot go on from where the other one was. */
function remember(proxy: ApiProxy): void {
  let isTold = false;
  proxy.judge = (request) => {
    if (isTold || !isPodWatch(request)) return undefined;
    isTold = true;
    return { code: 410, reason: "Expired" };
  };
  proxy.cut();
}

async function condition(it: Bench, type: string): Promise<string | undefined> {
  const { status } = await it.client.get(resources.nodes, { name: nodeName });
  return status?.conditions?.find((each) => each.type === type)?.status;
}

async function createMany(it: Bench, behaviour: Readonly<Record<string, number>> = {}): Promise<void> {
  for (let index = 0; index < many; index++) await it.createPod(`pod-${index}`, behaviour);
  await until(async () => (await it.pods()).filter(({ status }) => status?.phase === "Running").length === many, {
    what: "all to be Running",
  });
}

scenario(
  "43b the cluster answers with an empty list, and then the backend does",
  {
    expected:
      "Nothing is stopped, neither for the one list nor for both; the node says so until the cluster's list is repaired.",
    guard: {
      file: `${pods}/backend/orphaned-pods.ts`,
      from: "const missing = [...this.#suspects.keys()].filter((uid) => !known.has(uid)).length;",
      to: "const missing = 0;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection, backend: { watch: false } });
    await createMany(it);
    await forget(it, proxy);
    const isSaid = async (status: string) => (await condition(it, "ClusterPodsDisappeared")) === status;
    await until(() => isSaid("True"), { what: "the node to say so" });
    await it.backend.setFaults([{ verb: "list", kind: "empty" }]);
    await it.outage(1_500);
    await it.backend.setFaults([]);
    await it.outage(1_500);
    expect(it.backend.live.size).toBe(many);
    remember(proxy);
    await until(() => isSaid("False"), { what: "the node to believe again", timeoutMs: 60_000 });
    expect(await it.differences()).toEqual([]);
    expect(it.backend.count("deleted")).toBe(0);
    saw(`ClusterPodsDisappeared=True, ${many} pods ran on; False again after`);
  },
);

scenario(
  "43c the cluster answers with an empty list before the backend was heard at all",
  {
    expected: "What the backend turns out to run is doubted like everything else: nothing is stopped for one list.",
    guard: {
      file: `${pods}/backend/backend-view.ts`,
      from: "const mayBeThere = mayRun(record) || !this.#known || (pod !== undefined && hasStarted(pod));",
      to: "const mayBeThere = mayRun(record);",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    const first = await it.startNode({ connection: proxy.connection });
    await createMany(it);
    await first[Symbol.asyncDispose]();
    await it.backend.setFaults([
      { verb: "list", kind: "error", status: 500 },
      { verb: "watch", kind: "error", status: 500 },
    ]);
    const sinceMs = performance.now();
    await it.startNode({ connection: proxy.connection, waits: false });
    await until(() => proxy.count(isPodList, sinceMs) > 0, { what: "the node to know its pods" });
    await forget(it, proxy);
    await it.backend.setFaults([]);
    await until(async () => (await condition(it, "ClusterPodsDisappeared")) === "True", { what: "the node to say so" });
    expect(it.backend.live.size).toBe(many);
    remember(proxy);
    await it.untilTrue(60_000);
    expect(it.backend.count("deleted")).toBe(0);
    saw(`${many} pods ran on`);
  },
);

scenario(
  "43d one list of the cluster's lacks a pod whose creation has failed so far",
  {
    expected: "When the cluster shows it again, it is created as if nothing had been.",
    guard: {
      file: `${pods}/pod-controller.ts`,
      from: "if (wasMissing || record.plannedFor !== wantsOf(newest))",
      to: "if (record.plannedFor !== wantsOf(newest))",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    await it.backend.setFaults([{ verb: "create", kind: "error", status: 500 }]);
    await it.createPod("young");
    await until(() => it.backend.count("asked") > 0, { what: "the creation to fail" });
    await forget(it, proxy);
    await it.outage(1_500);
    await it.backend.setFaults([]);
    remember(proxy);
    await it.untilPhase("young", "Running");
    expect(it.backend.count("started")).toBe(1);
    saw("created after the list was right again, once");
  },
);

scenario(
  "43e the watch misses that many pods were deleted by force while they were ending",
  {
    expected: "They are killed as soon as a list lacks them; nobody is asked whether that was meant.",
    guard: {
      file: `${pods}/backend/backend-view.ts`,
      from: "if (!mayBeThere || stop) record.objectGone = true;",
      to: "if (!mayBeThere) record.objectGone = true;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    await createMany(it, { stopMs: 90_000 });
    const names = (await it.pods()).map(({ metadata }) => metadata.name);
    for (const name of names) await it.deletePod(name, { gracePeriodSeconds: 120 });
    await until(() => it.backend.count("deleted") === many, { what: "all to be asked to end" });
    proxy.judge = (request) => (isPodWatch(request) || isPodList(request) ? { code: 503 } : undefined);
    proxy.cut();
    for (const name of names) await it.deletePod(name, { gracePeriodSeconds: 0 });
    const sinceMs = performance.now();
    remember(proxy);
    await until(() => it.backend.live.size === 0, { what: "all to be killed" });
    expect(await condition(it, "ClusterPodsDisappeared")).toBe("False");
    saw(`killed ${((performance.now() - sinceMs) / 1_000).toFixed(1)} s after the watch was back`);
  },
);
