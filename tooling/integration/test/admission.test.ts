import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { type Draft, KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { type Provider, ProviderError } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { describe, expect, test } from "vitest";
import {
  clusterWithNode,
  eventsOf,
  eventually,
  findPod,
  mockOf,
  nodeName,
  podManifest,
  startNode,
  untilGone,
  untilPhase,
} from "./cluster-with-node.ts";

/** Bound by its maker: no scheduler has looked whether it fits. */
function bound(name: string, requests: Readonly<Record<string, string>> = {}): Draft<Pod> {
  return podManifest(name, { nodeName, containers: [{ name: "main", image: "app:1", resources: { requests } }] });
}

const smallNode = (mock: Provider): Provider => ({
  ...mock,
  describeNode: () => ({ capacity: { cpu: "1", memory: "1Gi", pods: "10" } }),
});

const waitingReason = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason;

describe("a pod for which the node has no room", () => {
  test("waits, says why with one event, and runs when another has left", async () => {
    await using it = await clusterWithNode({ provider: smallNode });
    await it.client.create(resources.pods, bound("first", { cpu: "800m" }));
    await untilPhase(it.client, "first", "Running");
    await it.client.create(resources.pods, bound("second", { cpu: "800m" }));
    await eventually(async () => expect(waitingReason(await findPod(it.client, "second"))).toBe("OutOfcpu"));
    expect((await findPod(it.client, "second"))?.status?.phase).toBe("Pending");
    await it.client.delete(resources.pods, { namespace: "default", name: "first" });
    await untilGone(it.client, "first");
    await untilPhase(it.client, "second", "Running");
    const events = (await eventsOf(it.client, "second")).filter(({ reason }) => reason === "OutOfcpu");
    expect(events).toHaveLength(1);
  });

  test("fails where the node is told to do as kubelets do", async () => {
    await using it = await clusterWithNode({ provider: smallNode, refusedPods: "fail" });
    await it.client.create(resources.pods, bound("big", { memory: "2Gi" }));
    const { status } = await untilPhase(it.client, "big", "Failed");
    expect(status).toMatchObject({
      reason: "OutOfmemory",
      message: expect.stringMatching(/^Pod was rejected: Node didn't have enough/),
    });
    expect(it.backend.list()).toEqual([]);
  });

  test("is never turned away once it runs, not even by a smaller node after a restart", async () => {
    let capacity = { cpu: "1", pods: "10" };
    const provider = (mock: Provider): Provider => ({ ...mock, describeNode: () => ({ capacity }) });
    await using it = await clusterWithNode({ provider });
    await it.client.create(resources.pods, bound("steady", { cpu: "1" }));
    const { metadata } = await untilPhase(it.client, "steady", "Running");
    capacity = { cpu: "500m", pods: "10" };
    await it.restartNode();
    await it.client.create(resources.pods, bound("late", { cpu: "100m" }));
    await eventually(async () => expect(waitingReason(await findPod(it.client, "late"))).toBe("OutOfcpu"));
    expect(it.backend.get(metadata.uid)?.status?.phase).toBe("Running");
    expect((await findPod(it.client, "steady"))?.status?.phase).toBe("Running");
  });
});

test("a pod that was there before its node is told why it waits, too", async () => {
  await using cluster = await startDevCluster();
  await using client = new KubernetesClient({ connection: cluster.connection() });
  await client.create(resources.pods, bound("early"));
  await using _node = await startNode(cluster, {
    provider: {
      ...mockOf(new MockBackend()),
      features: [{ field: "spec.containers", support: "refused", reason: "there are none", asks: () => true }],
    },
  });
  await eventually(async () => expect(waitingReason(await findPod(client, "early"))).toBe("Unsupported"));
});

describe("a pod that is not for this node", () => {
  test("waits for its label, and runs when the node has it", async () => {
    await using it = await clusterWithNode();
    await it.client.create(resources.pods, podManifest("picky", { nodeName, nodeSelector: { zone: "b" } }));
    await eventually(async () => expect(waitingReason(await findPod(it.client, "picky"))).toBe("NodeAffinity"));
    const patch = { type: "merge", body: { metadata: { labels: { zone: "b" } } } } as const;
    await it.client.patch(resources.nodes, { name: nodeName }, { patch });
    await untilPhase(it.client, "picky", "Running");
  });

  const ofDaemonSet = (name: string): Draft<Pod> => {
    const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "agents", uid: "ds-1", controller: true };
    const { metadata, ...manifest } = podManifest(name, { nodeName });
    return { ...manifest, metadata: { ...metadata, name, ownerReferences: [owner] } };
  };

  test.each([
    ["run", "Running", undefined],
    ["hold", "Pending", "DaemonSetPod"],
    ["fail", "Failed", undefined],
  ] as const)("because it is a DaemonSet's does as it is told: %s", async (daemonSetPods, phase, reason) => {
    await using it = await clusterWithNode({ daemonSetPods });
    await it.client.create(resources.pods, ofDaemonSet("agent"));
    await eventually(async () =>
      expect((await findPod(it.client, "agent"))?.status?.containerStatuses ?? phase).toBeTruthy(),
    );
    const pod = await untilPhase(it.client, "agent", phase);
    if (reason) await eventually(async () => expect(waitingReason(await findPod(it.client, "agent"))).toBe(reason));
    if (phase === "Failed") expect(pod.status?.reason).toBe("DaemonSetPod");
  });
});

test("a backend that has no room makes the node offer no more than it has given away, until there is room again", async () => {
  let isFull = true;
  await using it = await clusterWithNode({
    provider: (mock) => ({
      ...mock,
      createPod: (pod, call) => {
        if (isFull && pod.metadata.name !== "first")
          throw new ProviderError("QuotaExceeded", "no capacity in this zone");
        return mock.createPod(pod, call);
      },
    }),
  });
  const node = () => it.client.get(resources.nodes, { name: nodeName });
  const offered = (await node()).status?.allocatable;
  await it.client.create(resources.pods, bound("first", { cpu: "2" }));
  await untilPhase(it.client, "first", "Running");
  await it.client.create(resources.pods, bound("second", { cpu: "1500m" }));
  await eventually(async () => {
    const { status } = await node();
    expect(status?.allocatable).toMatchObject({ cpu: "3500m", memory: "0", pods: "2" });
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({
        type: "BackendCapacityExhausted",
        status: "True",
        message: expect.stringMatching("no capacity in this zone"),
      }),
    );
  });
  expect(waitingReason(await findPod(it.client, "second"))).toBe("ProviderQuotaExceeded");
  isFull = false;
  await untilPhase(it.client, "second", "Running");
  await eventually(async () => expect((await node()).status?.allocatable).toEqual(offered));
});

test("what a node without room offers follows what it gives away meanwhile", async () => {
  await using it = await clusterWithNode({
    provider: (mock) => ({
      ...mock,
      createPod: (pod, call) => {
        if (pod.metadata.name === "big")
          throw new ProviderError("QuotaExceeded", "no host is that large", { retryAfterMs: 60_000 });
        return mock.createPod(pod, call);
      },
    }),
  });
  const offered = async () => (await it.client.get(resources.nodes, { name: nodeName })).status?.allocatable?.["cpu"];
  await it.client.create(resources.pods, bound("big", { cpu: "2" }));
  await eventually(async () => expect(await offered()).toBe("2000m"));
  await it.client.create(resources.pods, bound("small", { cpu: "1500m" }));
  await untilPhase(it.client, "small", "Running");
  await eventually(async () => expect(await offered()).toBe("3500m"));
});

test("where a backend tells pods apart by name, the new life begins when the old has ended", async () => {
  const lives: string[] = [];
  await using it = await clusterWithNode({
    provider: (mock, backend) => ({
      ...mock,
      oneLifePerName: true,
      createPod: (pod, call) => {
        const others = backend.list().filter(({ name, uid }) => name === pod.metadata.name && uid !== pod.metadata.uid);
        lives.push(`created beside ${others.length}`);
        return mock.createPod(pod, call);
      },
    }),
    stopDelayMs: 300,
  });
  await it.client.create(resources.pods, podManifest("web"));
  const first = await untilPhase(it.client, "web", "Running");
  await it.client.delete(resources.pods, { namespace: "default", name: "web" }, { gracePeriodSeconds: 0 });
  await it.client.create(resources.pods, podManifest("web"));
  const second = await untilPhase(it.client, "web", "Running");
  expect(second.metadata.uid).not.toBe(first.metadata.uid);
  expect(lives).toEqual(["created beside 0", "created beside 0"]);
});

test("a backend that tells states alone has events as a kubelet gives them", async () => {
  await using it = await clusterWithNode();
  await it.client.create(resources.pods, podManifest("web"));
  await untilPhase(it.client, "web", "Running");
  await it.client.delete(resources.pods, { namespace: "default", name: "web" });
  await untilGone(it.client, "web");
  await eventually(async () => {
    const reasons = (await eventsOf(it.client, "web")).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(["Created", "Started", "Killing"]));
  });
});

test("a pod that is stopped among many that wait for their creation does not wait for them", async () => {
  const hold = Promise.withResolvers<void>();
  await using it = await clusterWithNode({
    provider: (mock) => ({
      ...mock,
      createPod: async (pod, call) => {
        if (pod.metadata.name.startsWith("slow")) await hold.promise;
        await mock.createPod(pod, call);
      },
    }),
  });
  await it.client.create(resources.pods, podManifest("quick"));
  await untilPhase(it.client, "quick", "Running");
  for (let index = 0; index < 80; index++) await it.client.create(resources.pods, podManifest(`slow-${index}`));
  const askedAt = performance.now();
  await it.client.delete(resources.pods, { namespace: "default", name: "quick" }, { gracePeriodSeconds: 1 });
  await untilGone(it.client, "quick");
  expect(performance.now() - askedAt).toBeLessThan(2_000);
  hold.resolve();
});
