import { expect } from "vitest";
import { resources } from "@virtual-kubelet/kubernetes";
import { silentLogger } from "@virtual-kubelet/provider";
import { isFor, isPodList, isPodWatch } from "../src/api/api-request.ts";
import type { Answer } from "../src/api/verdict.ts";
import { Bench, nodeName } from "../src/bench.ts";
import { watchedPod } from "../src/watched-pod.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const objectWatch = "packages/kubernetes/src/watch/object-watch.ts";
const transport = "packages/kubernetes/src/client/transport.ts";

scenario(
  "01 the API server goes away",
  {
    expected:
      "No pod is stopped; what ends meanwhile is known within five seconds of its return, which costs at most one list.",
    isSlow: true,
    timeoutMs: 90_000,
    guard: {
      file: objectWatch,
      from: "    else await this.#options.client.untilBack({ signal, timeoutMs: delayMs });",
      to: "    else await pause(delayMs, signal).catch(() => {});",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    const pods = await Promise.all(Array.from({ length: 100 }, (_, index) => it.createPod(`pod-${index}`)));
    for (const { metadata } of pods) await it.untilPhase(metadata.name, "Running");
    const goneAtMs = performance.now();
    proxy.judge = () => "cut";
    proxy.cutWatches();
    const ended = pods.slice(0, 10);
    for (const { metadata } of ended) await it.backend.tamper(metadata.uid, "finish", 3);
    // The next try is then seven seconds away at least. Each try is two requests: one on a connection that may be an old one.
    await until(() => proxy.count(isPodWatch, goneAtMs) >= 10, { what: "five tries to watch", timeoutMs: 40_000 });
    await it.createPod("late");
    const backAtMs = performance.now();
    proxy.judge = () => undefined;
    for (const { metadata } of ended) await it.untilPhase(metadata.name, "Failed", 5_000);
    await it.untilPhase("late", "Running", 5_000);
    const seconds = (performance.now() - backAtMs) / 1_000;
    expect(seconds).toBeLessThan(5);
    expect(proxy.count(isPodList, backAtMs)).toBeLessThanOrEqual(1);
    expect(await it.differences()).toEqual([]);
    expect(it.backend.count("created")).toBe(101);
    const lists = proxy.count(isPodList, backAtMs);
    saw(
      `${seconds.toFixed(1)} s after an outage of ${((backAtMs - goneAtMs) / 1_000).toFixed(0)} s all true, ${lists} lists`,
    );
  },
);

scenario(
  "02 the API server answers with 500, 503 and 429 and says when to come back",
  {
    expected: "It is not asked sooner than it wishes, nor more than once a second by one lane, and all is true after.",
    guard: { file: transport, from: "        await pause(afterMs, deadline.signal);", to: "" },
  },
  async ({ saw }) => {
    await using watched = await watchedPod("web");
    const { it, proxy, pod } = watched;
    const sinceMs = performance.now();
    const answers: readonly Answer[] = [
      { code: 429, reason: "TooManyRequests", retryAfterSeconds: 1 },
      { code: 503, reason: "ServiceUnavailable", retryAfterSeconds: 1 },
      { code: 500, reason: "InternalError" },
    ];
    let asked = 0;
    proxy.judge = () => answers[Math.min(asked++ % 4, 2)];
    proxy.cutWatches();
    await it.backend.tamper(pod.metadata.uid, "finish", 3);
    const status = isFor("pods/status", "PATCH");
    await until(() => performance.now() - sinceMs > 3_500, { what: "some time to pass" });
    const lasted = (performance.now() - sinceMs) / 1_000;
    const writes = proxy.count(status, sinceMs);
    const watches = proxy.count(isPodWatch, sinceMs);
    proxy.judge = () => undefined;
    await it.untilPhase("web", "Failed");
    expect(writes).toBeGreaterThan(0);
    // The first, one a second, one after the first short pause of a failure without a time, and one when the server seems back.
    expect(writes).toBeLessThanOrEqual(lasted + 3);
    expect(watches).toBeLessThanOrEqual(lasted + 2);
    saw(`${writes} writes of a status and ${watches} watches in ${lasted.toFixed(1)} s, then all true`);
  },
);

scenario(
  "12 the right to see and write pods is taken away and given back",
  {
    expected: "The agent stays, asks and warns ever more rarely, and is right again by itself.",
    guard: {
      file: objectWatch,
      from: "    const delayMs = turn.advanced && !this.#mustList ? askedMs : Math.max(askedMs, this.#backoff.next());",
      to: "    const delayMs = askedMs;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    let warnings = 0;
    const logger = { ...silentLogger, warn: () => void warnings++, child: () => logger };
    await it.startNode({ connection: proxy.connection, logger });
    const pod = await it.createPod("web");
    await it.untilPhase("web", "Running");
    const sinceMs = performance.now();
    proxy.judge = ({ path }) => (path.includes("/pods") ? { code: 403, reason: "Forbidden" } : undefined);
    proxy.cutWatches();
    await it.backend.tamper(pod.metadata.uid, "finish", 3);
    await it.createPod("late");
    await until(() => performance.now() - sinceMs > 3_000, { what: "some time to pass" });
    const asked = proxy.count(({ path }) => path.includes("/pods"), sinceMs);
    expect(asked).toBeLessThan(15);
    expect(warnings).toBeLessThan(15);
    proxy.judge = () => undefined;
    await it.untilPhase("late", "Running");
    await it.untilPhase("web", "Failed");
    saw(`${asked} requests and ${warnings} warnings in 3 s, then all true`);
  },
);

/** What fills every connection that pod writes have: more than half of them fall silent at once, the rest after five seconds. */
const crowd = 60;

async function untilCrowdHangs(it: Bench, isHanging: () => boolean): Promise<void> {
  const pods = await Promise.all(Array.from({ length: crowd }, (_, index) => it.createPod(`pod-${index}`)));
  await it.untilTrue();
  for (const { metadata } of pods) await it.backend.tamper(metadata.uid, "finish", 3);
  await until(isHanging, { what: "all connections of pod writes to hang", timeoutMs: 20_000 });
}

scenario(
  "14 a webhook hangs on the status of pods",
  {
    expected: "The node goes on to report itself and to renew its lease, and pods are seen and started.",
    isSlow: true,
    guard: {
      file: "packages/kubernetes/src/client/dispatchers.ts",
      from: '  ["nodes", "node"],\n',
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    const status = isFor("pods/status", "PATCH");
    proxy.judge = (request) => (status(request) ? "hang" : undefined);
    await untilCrowdHangs(it, () => proxy.count(status) >= 32);
    const dead = { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting" };
    const patch = { type: "strategic", body: { status: { conditions: [dead] } } } as const;
    await it.client.patch(resources.nodes, { name: nodeName }, { subresource: "status", patch });
    const sinceMs = performance.now();
    await until(
      async () => {
        const { status: shown } = await it.client.get(resources.nodes, { name: nodeName });
        return shown?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
      },
      { what: "the node to be Ready", timeoutMs: 4_000 },
    );
    const readyMs = performance.now() - sinceMs;
    await it.createPod("late");
    await until(() => it.backend.count("started", "late") === 1, { what: "late to run in the backend" });
    const renewals = isFor("leases", "PATCH");
    await until(() => proxy.count(renewals, sinceMs) > 0, { what: "a renewed lease", timeoutMs: 12_000 });
    saw(`${proxy.count(status)} writes of pods hang, the node said Ready after ${readyMs.toFixed(0)} ms`);
  },
);

scenario(
  "18 the API server keeps pod writes waiting and then turns them away",
  {
    expected:
      "The lease is renewed every ten seconds all the while, and pods come right when their writes are taken again.",
    isSlow: true,
    timeoutMs: 120_000,
    guard: {
      file: "packages/kubernetes/src/client/dispatchers.ts",
      from: '  ["leases", "node"],\n',
      to: "",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    await it.startNode({ connection: proxy.connection });
    const writes = isFor("pods/status", "PATCH");
    const free = Promise.withResolvers<void>();
    const throttled: Answer = { code: 429, reason: "TooManyRequests", retryAfterSeconds: 1 };
    let isThrottled = true;
    proxy.judge = async (request) => {
      if (!writes(request) || !isThrottled) return undefined;
      await free.promise;
      return throttled;
    };
    await untilCrowdHangs(it, () => proxy.count(writes) >= 32);
    const sinceMs = performance.now();
    const lease = async () =>
      (await it.client.get(resources.leases, { namespace: "kube-node-lease", name: nodeName })).spec?.renewTime;
    const seen = new Set<string | undefined>([await lease()]);
    await until(async () => seen.add(await lease()).size >= 3, { what: "two renewals", timeoutMs: 24_000 });
    const seconds = (performance.now() - sinceMs) / 1_000;
    isThrottled = false;
    free.resolve();
    await until(async () => (await it.pods()).every(({ status }) => status?.phase === "Failed"), {
      what: "all pods to be right",
      timeoutMs: 40_000,
    });
    saw(`two renewals in ${seconds.toFixed(0)} s while 32 writes were kept waiting`);
  },
);
