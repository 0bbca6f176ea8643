import { expect } from "vitest";
import { type Lease, type Node, type NodeCondition, resources } from "@virtual-kubelet/kubernetes";
import type { Provider } from "@virtual-kubelet/provider";
import { Bench, type NodeOptions, nodeName } from "../src/bench.ts";
import { scenario } from "../src/scenario.ts";
import { until } from "../src/until.ts";

const nodeController = "packages/controllers/src/node/node-controller.ts";
const leaseName = { namespace: "kube-node-lease", name: nodeName };

const nodeOf = (it: Bench): Promise<Node> => it.client.get(resources.nodes, { name: nodeName });
const leaseOf = (it: Bench): Promise<Lease> => it.client.get(resources.leases, leaseName);

function conditionOf({ status }: Node, type: string): NodeCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Until it has said all that it has to say: its next word would register it too. */
async function untilQuiet(it: Bench): Promise<Node> {
  let version: string | undefined;
  let sinceMs = 0;
  const look = async () => {
    const node = await nodeOf(it);
    if (version !== node.metadata.resourceVersion) sinceMs = performance.now();
    version = node.metadata.resourceVersion;
    return performance.now() - sinceMs > 2_000 ? node : undefined;
  };
  return until(look, { what: "the node to be quiet", timeoutMs: 30_000 });
}

const secondsSince = (ms: number): string => ((performance.now() - ms) / 1_000).toFixed(1);

scenario(
  "19 somebody deletes the node's lease",
  {
    expected: "It is there again within ten seconds, and belongs to the node.",
    isSlow: true,
    guard: {
      file: "packages/controllers/src/node/node-lease.ts",
      from: '      if (!isKubernetesError(error, "NotFound")) throw error;',
      to: "      throw error;",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    await until(() => leaseOf(it).catch(() => undefined), { what: "the lease" });
    await it.client.delete(resources.leases, leaseName);
    const sinceMs = performance.now();
    const lease = await until(() => leaseOf(it).catch(() => undefined), { what: "a lease again", timeoutMs: 11_000 });
    const { uid } = (await nodeOf(it)).metadata;
    expect(lease.metadata.ownerReferences).toMatchObject([{ kind: "Node", name: nodeName, uid }]);
    saw(`there again after ${secondsSince(sinceMs)} s, with its owner`);
  },
);

scenario(
  "20 somebody deletes the node",
  {
    expected: "It is registered again at once under a new UID, its lease follows, and its pods are kept.",
    isSlow: true,
    guard: {
      file: nodeController,
      from: '      if (change.type === "deleted" || this.#isDisputed()) health.touch();',
      to: "      if (this.#isDisputed()) health.touch();",
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    await it.startNode();
    const pod = await it.createPod("web");
    await it.untilPhase("web", "Running");
    const before = await untilQuiet(it);
    await it.client.delete(resources.nodes, { name: nodeName });
    const sinceMs = performance.now();
    const after = await until(
      async () => {
        const node = await nodeOf(it).catch(() => undefined);
        return node && conditionOf(node, "Ready")?.status === "True" ? node : undefined;
      },
      { what: "the node to be Ready again" },
    );
    const registeredAfter = secondsSince(sinceMs);
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    await until(
      async () => (await leaseOf(it).catch(() => undefined))?.metadata.ownerReferences?.[0]?.uid === after.metadata.uid,
      { what: "the lease to belong to the new node", timeoutMs: 12_000 },
    );
    expect((await it.pod("web"))?.metadata.uid).toBe(pod.metadata.uid);
    expect(it.backend.count("created")).toBe(1);
    expect(it.backend.count("stopped")).toBe(0);
    saw(`Ready again after ${registeredAfter} s, the lease after ${secondsSince(sinceMs)} s`);
  },
);

/** A node whose backend stops to answer pings and answers again; what the node says of it, by the way. */
async function outageOf(whenUnreachable: NonNullable<NodeOptions["whenUnreachable"]>): Promise<Node> {
  await using it = await Bench.open();
  await it.startNode({ whenUnreachable });
  const pod = await it.createPod("web");
  await it.untilPhase("web", "Running");
  const reachable = (is: string) =>
    until(
      async () => {
        const node = await nodeOf(it);
        return conditionOf(node, "ProviderReachable")?.status === is ? node : undefined;
      },
      { what: `ProviderReachable to be ${is}`, timeoutMs: 25_000 },
    );
  await reachable("True");
  await it.backend.setFaults([{ verb: "ping", kind: "error", status: 503 }]);
  const during = await reachable("False");
  await it.backend.setFaults([]);
  const after = await reachable("True");
  expect(conditionOf(after, "Ready")).toMatchObject({ status: "True", reason: "KubeletReady" });
  expect(conditionOf(after, "NetworkUnavailable")?.status).toBe("False");
  expect((await it.pod("web"))?.metadata.uid).toBe(pod.metadata.uid);
  expect(it.backend.count("deleted")).toBe(0);
  return during;
}

scenario(
  "22 the backend is out of reach",
  {
    expected:
      "The node says so and keeps new pods away; it stays Ready, or is NotReady by option. It recovers, and we delete no pod.",
    isSlow: true,
    timeoutMs: 120_000,
    guard: {
      file: "packages/controllers/src/node/backend-ping.ts",
      from: '      status: isReachable ? "False" : "True",',
      to: '      status: "False",',
    },
  },
  async ({ saw }) => {
    const [repelling, notReady] = await Promise.all([outageOf("repel"), outageOf("not-ready")]);
    for (const node of [repelling, notReady])
      expect(conditionOf(node, "NetworkUnavailable")).toMatchObject({ status: "True", reason: "ProviderUnreachable" });
    expect(conditionOf(repelling, "Ready")?.status).toBe("True");
    expect(conditionOf(notReady, "Ready")).toMatchObject({ status: "False", reason: "ProviderUnreachable" });
    saw("repelled and Ready, or by option NotReady with reason ProviderUnreachable; as before after the outage");
  },
);

/** Describes the node anew, as often as it is told to. */
class Descriptions {
  count = 0;
  #next = Promise.withResolvers<void>();

  readonly around = (provider: Provider): Provider => ({ ...provider, watchNode: ({ signal }) => this.#yield(signal) });

  change(): void {
    this.count++;
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  async *#yield(signal: AbortSignal) {
    while (!signal.aborted) {
      const next = this.#next.promise;
      const round = String(this.count);
      const condition = { type: "Round", status: "True", reason: `Round${round}`, message: round };
      yield { capacity: { cpu: String(1_000 + this.count), pods: "100" }, labels: { round }, conditions: [condition] };
      await next;
    }
  }
}

scenario(
  "23 others mark the node while we report it a hundred times",
  {
    expected: "Their labels, taints, annotations and conditions stay, and ours are always the newest.",
    isSlow: true,
    timeoutMs: 120_000,
    guard: {
      file: nodeController,
      from: '{ patch: { type: "strategic", body: { status: body } }, subresource: "status", signal },',
      to: '{ patch: { type: "merge", body: { status: body } }, subresource: "status", signal },',
    },
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const descriptions = new Descriptions();
    await it.startNode({ around: descriptions.around });
    const name = { name: nodeName };
    const taint = { key: "example.com/maintenance", effect: "PreferNoSchedule" };
    const marks = { labels: { theirs: "yes" }, annotations: { "example.com/theirs": "yes" } };
    const marked = { type: "merge", body: { metadata: marks, spec: { taints: [taint] } } } as const;
    await it.client.patch(resources.nodes, name, { patch: marked });
    const theirs = { type: "example.com/Healthy", status: "True" };
    const healthy = { type: "strategic", body: { status: { conditions: [theirs] } } } as const;
    await it.client.patch(resources.nodes, name, { subresource: "status", patch: healthy });
    for (let round = 1; round <= 100; round++) {
      descriptions.change();
      const node = await until(
        async () => {
          const shown = await nodeOf(it);
          return conditionOf(shown, "Round")?.message === String(round) ? shown : undefined;
        },
        { what: `round ${round} to be shown` },
      );
      expect(node.metadata.labels).toMatchObject({ theirs: "yes", round: String(round) });
      expect(node.metadata.annotations).toMatchObject(marks.annotations);
      expect(node.spec.taints).toContainEqual(taint);
      expect(node.status?.conditions).toContainEqual(expect.objectContaining(theirs));
    }
    saw("100 reports, all that was theirs still there after each");
  },
);
