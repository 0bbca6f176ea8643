import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { describe, expect, test } from "vitest";
import { eventually, mockOf, nodeName, startNode } from "./cluster-with-node.ts";

describe("a node whose provider hangs in describeNode", () => {
  const silent = () => new Promise<never>(() => {});

  test("registers within seconds, and with what was said before when it was there already", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const provider = mockOf(new MockBackend());
    {
      await using _first = await startNode(cluster, { provider });
    }
    const startedAt = performance.now();
    await using _second = await startNode(cluster, { provider: { ...provider, describeNode: silent } });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    const { status } = await client.get(resources.nodes, { name: nodeName });
    expect(status?.capacity).toEqual({ cpu: "64", memory: "256Gi", pods: "1000" });
  });

  test("is described as soon as the answer comes", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const answer = Promise.withResolvers<{ capacity: Record<string, string> }>();
    const provider = { ...mockOf(new MockBackend()), describeNode: () => answer.promise };
    await using _node = await startNode(cluster, { provider });
    const cpus = async () => (await client.get(resources.nodes, { name: nodeName })).status?.capacity?.["cpu"];
    expect(await cpus()).toBe("1");
    answer.resolve({ capacity: { cpu: "64" } });
    await eventually(async () => expect(await cpus()).toBe("64"));
  });
});

describe("a node that starts anew", () => {
  const ours = { key: "virtual-kubelet.io/provider", value: "mock", effect: "NoSchedule" };

  test("has the taints that it was given since, beside those of others", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const provider = mockOf(new MockBackend());
    {
      await using _first = await startNode(cluster, { provider });
    }
    const theirs = { key: "theirs", effect: "NoSchedule" };
    const patch = { type: "merge", body: { spec: { taints: [theirs] } } } as const;
    await client.patch(resources.nodes, { name: nodeName }, { patch });
    await using _second = await startNode(cluster, { provider, taints: [ours] });
    await eventually(async () => {
      const { spec } = await client.get(resources.nodes, { name: nodeName });
      expect(spec.taints).toEqual(expect.arrayContaining([theirs, ours]));
    });
  });

  test("is ready again after it had said that it stops", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const provider = mockOf(new MockBackend());
    const ready = async () => {
      const { status } = await client.get(resources.nodes, { name: nodeName });
      return status?.conditions?.find(({ type }) => type === "Ready");
    };
    {
      await using _first = await startNode(cluster, { provider, onStop: "not-ready" });
    }
    expect(await ready()).toMatchObject({ status: "False", reason: "AgentStopped" });
    await using _second = await startNode(cluster, { provider });
    expect(await ready()).toMatchObject({ status: "True", reason: "KubeletReady" });
  });
});
