import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { resources } from "@virtual-kubelet/kubernetes";
import type { ApiProxy } from "../src/api/api-proxy.ts";
import { type Match, isFor } from "../src/api/api-request.ts";
import { type Perturbation, PerturbedView } from "../src/api/perturbed-view.ts";
import { Bench, nodeName } from "../src/bench.ts";
import type { BackendFault } from "../src/backend/backend-faults.ts";
import { PhaseWitness } from "../src/histories/phase-witness.ts";
import { untilQuiet } from "../src/histories/until-quiet.ts";
import { Workload } from "../src/histories/workload.ts";
import { type Guard, scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

/** How often users act on a view that is not so: a few seconds' worth. */
const acts = 80;
const timeoutMs = 240_000;
const expected =
  "In the end cluster and backend agree; nothing has run twice, and nothing was stopped that nobody deleted.";

interface PodsView {
  readonly title: string;
  readonly shares: Perturbation;
  readonly travelsBack?: boolean;
  readonly guard: Guard;
}

const objectWatch = "packages/kubernetes/src/watch/object-watch.ts";
const outdated = "    if (outdated) return [];";

const podViews: readonly PodsView[] = [
  {
    title: "pods: old events of the cluster are told again",
    shares: { replayed: 0.5 },
    guard: { file: objectWatch, from: outdated, to: "" },
  },
  {
    title: "pods: events of the cluster are missed, and the place where the watch was is forgotten",
    shares: { missed: 0.2 },
    guard: {
      file: objectWatch,
      from: "    if (isVersionGone(failure) || this.#unreadable >= maxUnreadable) {",
      to: "    if (this.#unreadable >= maxUnreadable) {",
    },
  },
  {
    title: "pods: lists of the cluster travel back in time, and old events are told again",
    shares: { replayed: 0.2 },
    travelsBack: true,
    guard: {
      file: objectWatch,
      from: "    if (isOlder(list.resourceVersion, this.#position) && this.#staleLists++ < maxStaleLists) {",
      to: "    if (this.#staleLists > maxStaleLists) {",
    },
  },
];

for (const { title, shares, travelsBack = false, guard } of podViews)
  scenario(`b ${title}`, { expected, guard, timeoutMs }, async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    proxy.view = new PerturbedView(shares);
    await it.startNode({ connection: proxy.connection });
    await using phases = new PhaseWitness(it);
    await using workload = new Workload(it);
    workload.start();
    await until(() => workload.acts >= acts, { what: `${acts} acts`, timeoutMs });
    await untilQuiet(workload);
    if (travelsBack) await travelBack(it, proxy);
    await untilQuiet(workload);
    expect([...workload.wrongs(), ...phases.undone]).toEqual([]);
    saw(`${proxy.view.perturbed} lies, ${workload.acts} acts, ${workload.lives} pods, none doubled or killed`);
  });

/** Shows old lists, until the node has been told the truth again: of a pod that it did not know before. */
async function travelBack(it: Bench, proxy: ApiProxy): Promise<void> {
  for (let index = 0; index < 5; index++) await it.createPod(`lasting-${index}`);
  for (let index = 0; index < 5; index++) await it.untilPhase(`lasting-${index}`, "Running");
  proxy.view?.travelBack(2);
  proxy.cut();
  await it.createPod("news");
  await it.untilPhase("news", "Running", 40_000);
  const names = [...Array.from({ length: 5 }, (_, index) => `lasting-${index}`), "news"];
  expect(it.backend.log.filter(({ event, name }) => event === "stopped" && names.includes(name))).toEqual([]);
  for (const name of names) await it.deletePod(name, { gracePeriodSeconds: 0 });
}

interface BackendView {
  readonly title: string;
  readonly fault: BackendFault;
  readonly guard: Guard | readonly Guard[];
}

const backendViews: readonly BackendView[] = [
  {
    title: "pods: the backend tells old states again",
    fault: { verb: "watch", kind: "replayed" },
    guard: {
      file: "packages/controllers/src/pods/status/desired-status.ts",
      from: "  if (!pod || record.objectGone || isTerminal(pod.status?.phase)) return undefined;",
      to: "  if (!pod || record.objectGone) return undefined;",
    },
  },
  {
    title: "pods: the backend leaves events out",
    fault: { verb: "watch", kind: "dropped" },
    guard: [
      {
        file: "packages/controllers/src/pods/backend/observe-pods.ts",
        from: "      if (provider.watchPods) pauseMs = performance.now() - openedAtMs > 1_000 ? 0 : retry.firstMs;",
        to: "      if (provider.watchPods) return;",
      },
      {
        file: "packages/controllers/src/pods/backend/backend-view.ts",
        from: "      await sleep(pollMs * pollsPerRelist, undefined, { signal: this.#signal }).catch(() => {});",
        to: "      return;",
      },
    ],
  },
];

for (const { title, fault, guard } of backendViews)
  scenario(`b ${title}`, { expected, guard, timeoutMs }, async ({ saw }) => {
    await using it = await Bench.open();
    await it.backend.setFaults([fault]);
    await it.startNode();
    await using phases = new PhaseWitness(it);
    await using workload = new Workload(it);
    workload.start();
    await until(() => workload.acts >= acts, { what: `${acts} acts`, timeoutMs });
    await untilQuiet(workload);
    expect([...workload.wrongs(), ...phases.undone]).toEqual([]);
    saw(`${workload.acts} acts, ${workload.lives} pods, none doubled or killed`);
  });

scenario(
  "b node: its object is deleted while old versions of it are told again and lists are stale",
  {
    expected: "The node is registered once more and stays the one it then is, Ready, with its lease.",
    guard: {
      file: "packages/controllers/src/node/node-controller.ts",
      from: '      if (change.type === "deleted" || this.#isDisputed()) health.touch();',
      to: "      if (this.#isDisputed()) health.touch();",
    },
    timeoutMs,
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    const view = new PerturbedView({ replayed: 0.5 });
    proxy.view = view;
    await it.startNode({ connection: proxy.connection });
    const find = () => it.client.get(resources.nodes, { name: nodeName }).catch(() => undefined);
    await it.createPod("web");
    await it.untilPhase("web", "Running");
    const first = await find();
    for (let act = 0; act < 30; act++) {
      const labels = { act: String(act) };
      await it.client.patch(
        resources.nodes,
        { name: nodeName },
        { patch: { type: "merge", body: { metadata: { labels } } } },
      );
      await sleep(50);
    }
    view.travelBack(2);
    proxy.cut();
    await it.client.delete(resources.nodes, { name: nodeName });
    const second = await until(async () => (await find()) ?? false, { what: "the node to be back", timeoutMs: 40_000 });
    expect(second.metadata.uid).not.toBe(first?.metadata.uid);
    await sleep(2_000);
    const last = await find();
    expect(last?.metadata.uid).toBe(second.metadata.uid);
    expect(last?.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    await it.untilTrue();
    saw(`${view.perturbed} lies; registered again once, the pod runs on`);
  },
);

/** Of these, every other answer: the server has done it, and nobody hears. */
function losing(is: Match): ApiProxy["judge"] {
  let count = 0;
  return (request) => (is(request) && count++ % 2 === 0 ? "lost" : undefined);
}

scenario(
  "b lease: every other answer to a renewal is lost, and the lease is deleted",
  {
    expected: "It is renewed all the same, by this node alone, and is there again with its owner.",
    guard: {
      file: "packages/controllers/src/node/node-lease.ts",
      from: '      if (!isKubernetesError(error, "NotFound")) throw error;',
      to: "      throw error;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    proxy.judge = losing(isFor("leases", "PATCH"));
    await it.startNode({ connection: proxy.connection });
    const name = { namespace: "kube-node-lease", name: nodeName };
    const lease = () => it.client.get(resources.leases, name).catch(() => undefined);
    const first = await until(async () => (await lease()) ?? false, { what: "the lease" });
    await it.client.delete(resources.leases, name);
    const second = await until(async () => (await lease()) ?? false, { what: "the lease again", timeoutMs: 20_000 });
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    const node = await it.client.get(resources.nodes, { name: nodeName });
    expect(second.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([node.metadata.uid]);
    expect(second.spec?.holderIdentity).toBe(nodeName);
    saw("there again, with its owner");
  },
);

scenario(
  "b events: every other answer is lost",
  {
    expected: "Pods do not wait for events, and later events are recorded.",
    guard: {
      file: "packages/controllers/src/events/event-recorder.ts",
      from: "        this.#onFailure(next, error);",
      to: "        return;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    proxy.judge = losing(isFor("events", "POST"));
    await it.startNode({ connection: proxy.connection });
    await it.backend.setFaults([{ verb: "create", kind: "error", status: 500, times: 6 }]);
    const names = ["a", "b", "c"];
    for (const name of names) await it.createPod(name);
    for (const name of names) await it.untilPhase(name, "Running");
    const recorded = async () =>
      (await it.client.list(resources.events, { namespace: "default" })).items.filter(
        ({ reason }) => reason === "ProviderCreateFailed",
      );
    const events = await until(async () => ((await recorded()).length >= 3 ? recorded() : undefined), {
      what: "events",
    });
    await it.untilTrue();
    saw(`${events.length} events of failures kept, three pods Running`);
  },
);
