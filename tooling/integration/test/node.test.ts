import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { VirtualNode } from "virtual-kubelet";
import { describe, expect, test } from "vitest";
import { startApiProxy } from "./api-proxy.ts";
import {
  clusterWithNode,
  eventually,
  mockOf,
  nodeName,
  podManifest,
  startNode,
  untilPhase,
} from "./cluster-with-node.ts";

const leaseName = { namespace: "kube-node-lease", name: nodeName };

describe("a node", () => {
  test("registers, is ready, and renews a lease that belongs to it", async () => {
    await using it = await clusterWithNode();
    const node = await it.client.get(resources.nodes, { name: nodeName });
    expect(node.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    expect(node.status?.daemonEndpoints?.kubeletEndpoint?.Port).toBeGreaterThan(0);
    await eventually(async () => {
      const lease = await it.client.get(resources.leases, leaseName);
      expect(lease.spec).toMatchObject({ holderIdentity: nodeName, leaseDurationSeconds: 40 });
      expect(lease.spec?.renewTime).toMatch(/\.\d{6}Z$/);
      expect(lease.metadata.ownerReferences?.[0]).toMatchObject({ kind: "Node", uid: node.metadata.uid });
    }, 15_000);
  });

  test("that somebody deletes comes back with another UID, and its pods run on", async () => {
    await using it = await clusterWithNode();
    const before = await it.client.get(resources.nodes, { name: nodeName });
    await it.client.create(resources.pods, podManifest("web"));
    await untilPhase(it.client, "web", "Running");
    await it.client.delete(resources.nodes, { name: nodeName });
    await eventually(async () => {
      const after = await it.client.get(resources.nodes, { name: nodeName });
      expect(after.metadata.uid).not.toBe(before.metadata.uid);
      expect(after.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")).toBe(true);
    });
    expect(it.backend.list()).toHaveLength(1);
  });

  test("whose provider comes to describe it with nonsense runs on as it was described before", async () => {
    const nonsense = Promise.withResolvers<void>();
    await using it = await clusterWithNode({
      provider: (mock) => ({
        ...mock,
        async *watchNode() {
          yield { labels: { rack: "7" } };
          await nonsense.promise;
          yield { conditions: 5 } as never;
        },
      }),
    });
    const rack = async () => (await it.client.get(resources.nodes, { name: nodeName })).metadata.labels?.["rack"];
    await eventually(async () => expect(await rack()).toBe("7"));
    nonsense.resolve();
    await eventually(() => expect(it.log.has("conditions must be a list of objects")).toBe(true));
    const body = { metadata: { labels: { theirs: "yes", rack: "8" } } };
    await it.client.patch(resources.nodes, { name: nodeName }, { patch: { type: "merge", body } });
    await it.client.create(resources.pods, podManifest("web"));
    await untilPhase(it.client, "web", "Running");
  });

  test("keeps labels, taints and conditions of others, over a restart too", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const provider = mockOf(new MockBackend());
    {
      await using _first = await startNode(cluster, { provider });
    }
    const theirs = { type: "example.com/Healthy", status: "True" };
    await client.patch(
      resources.nodes,
      { name: nodeName },
      {
        patch: {
          type: "merge",
          body: {
            metadata: { labels: { theirs: "yes" } },
            spec: { taints: [{ key: "theirs", effect: "NoSchedule" }] },
          },
        },
      },
    );
    await client.patch(
      resources.nodes,
      { name: nodeName },
      { subresource: "status", patch: { type: "strategic", body: { status: { conditions: [theirs] } } } },
    );
    await using _second = await startNode(cluster, { provider, labels: { ours: "new" } });
    await eventually(async () => {
      const node = await client.get(resources.nodes, { name: nodeName });
      expect(node.metadata.labels).toMatchObject({ theirs: "yes", ours: "new", type: "virtual-kubelet" });
      expect(node.spec.taints).toContainEqual({ key: "theirs", effect: "NoSchedule" });
      expect(node.status?.conditions).toContainEqual(expect.objectContaining(theirs));
    });
  });

  test("keeps a taint that somebody else sets at the moment in which it sets its own", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    await using proxy = await startApiProxy(cluster);
    const provider = mockOf(new MockBackend());
    {
      await using _first = await startNode(cluster, { provider });
    }
    const theirs: string[] = [];
    proxy.holdAnswer = async ({ method, path }) => {
      // Whatever the node has read is not the newest any more when it hears of it.
      if (theirs.length === 3 || method !== "GET" || path !== `/api/v1/nodes/${nodeName}`) return;
      theirs.push(`theirs-${theirs.length}`);
      const body = { spec: { taints: theirs.map((key) => ({ key, effect: "NoSchedule" })) } };
      await client.patch(resources.nodes, { name: nodeName }, { patch: { type: "merge", body } });
    };
    const taints = [{ key: "ours", effect: "NoSchedule" }] as const;
    await using _second = await startNode(cluster, {
      provider,
      taints,
      connection: proxy.connection,
      kubeletApi: false,
    });
    await eventually(async () => {
      const { spec } = await client.get(resources.nodes, { name: nodeName });
      expect(spec.taints?.map(({ key }) => key).toSorted()).toEqual(["ours", ...theirs]);
    });
    expect(theirs).not.toEqual([]);
  });

  test("says what is wrong when its connection has no certificate authority to trust callers by", async () => {
    const connection = { server: "http://127.0.0.1:1", credentials: () => ({}) };
    await using cluster = await startDevCluster();
    await expect(
      startNode(cluster, { provider: mockOf(new MockBackend()), connection, clusterId: "x" }),
    ).rejects.toThrow("set kubeletApi to false");
  });
});

describe("a node that is under the API server's restrictions for nodes", () => {
  test("registers without the labels that it may not set on itself, and says who has to", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    await using proxy = await startApiProxy(cluster);
    const restricted = "node-role.kubernetes.io/agent";
    let asked = 0;
    proxy.refuse = ({ method, path }) => {
      if (method !== "POST" || path !== "/api/v1/nodes" || asked++ > 0) return undefined;
      const message = `nodes "edge" is forbidden: node "edge" is not allowed to set the following labels: ${restricted}`;
      return { code: 403, reason: "Forbidden", message };
    };
    await using node = await startNode(cluster, {
      provider: mockOf(new MockBackend()),
      connection: proxy.connection,
      kubeletApi: false,
      labels: { [restricted]: "yes", zone: "north" },
    });
    const { metadata } = await client.get(resources.nodes, { name: nodeName });
    expect(metadata.labels).toMatchObject({ zone: "north" });
    expect(metadata.labels).not.toHaveProperty([restricted]);
    expect(node.log.has(`kubectl label node edge ${restricted}=yes`)).toBe(true);
  });
});

describe("a node that had a bad time", () => {
  test("says at once that it is ready when the cluster had taken it for dead", async () => {
    await using it = await clusterWithNode();
    const dead = { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting" };
    const patch = { type: "strategic", body: { status: { conditions: [dead] } } } as const;
    // More than once, for whatever else makes the node report at its start.
    for (let round = 0; round < 4; round++) {
      await it.client.patch(resources.nodes, { name: nodeName }, { subresource: "status", patch });
      await eventually(async () => {
        const { status } = await it.client.get(resources.nodes, { name: nodeName });
        expect(status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({ status: "True" });
      });
    }
  });

  test.each(["is deleted", "is taken for dead"])(
    "that %s while the answer to a report is on its way is set right at once all the same",
    async (what) => {
      await using cluster = await startDevCluster();
      await using client = new KubernetesClient({ connection: cluster.connection() });
      await using proxy = await startApiProxy(cluster);
      await using _node = await startNode(cluster, {
        provider: mockOf(new MockBackend()),
        connection: proxy.connection,
        kubeletApi: false,
      });
      const answer = Promise.withResolvers<void>();
      let reports = 0;
      proxy.holdAnswer = ({ method, path }) =>
        method === "PATCH" && path.includes(`/nodes/${nodeName}/status`) && reports++ === 0
          ? answer.promise
          : undefined;
      const dead = {
        type: "Ready",
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting",
      };
      const takeForDead = () =>
        client.patch(
          resources.nodes,
          { name: nodeName },
          { subresource: "status", patch: { type: "strategic", body: { status: { conditions: [dead] } } } },
        );
      const untilReady = () =>
        eventually(async () => {
          const { status } = await client.get(resources.nodes, { name: nodeName });
          expect(status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({ status: "True" });
        });
      await takeForDead();
      await untilReady();
      await (what === "is deleted" ? client.delete(resources.nodes, { name: nodeName }) : takeForDead());
      // Meanwhile the node has heard of that too.
      await client.create(resources.pods, podManifest("meanwhile", { nodeName }));
      await untilPhase(client, "meanwhile", "Running");
      answer.resolve();
      await untilReady();
      expect(reports).toBeGreaterThan(0);
    },
  );

  test("keeps the size that it had when its provider cannot describe it after a restart", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const provider = mockOf(new MockBackend());
    const windows = { capacity: { cpu: "64", "example.com/gpu": "2" }, operatingSystem: "windows" };
    {
      await using _first = await startNode(cluster, { provider: { ...provider, describeNode: () => windows } });
    }
    const down = () => Promise.reject(new Error("out of reach"));
    await using _second = await startNode(cluster, {
      provider: {
        ...provider,
        describeNode: down,
        watchNode: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
      },
    });
    const { status, metadata } = await client.get(resources.nodes, { name: nodeName });
    expect(status?.capacity).toEqual(windows.capacity);
    expect(metadata.labels?.["kubernetes.io/os"]).toBe("windows");
  });
});

describe("a node whose provider cannot be made", () => {
  const deadlines = { readMs: 50, changeMs: 50 };
  const notMade = [
    ["is nothing", () => undefined, "The provider lacks createPod, deletePod, getPod, getPods: it needs at least"],
    ["lacks a method", () => ({ ...mockOf(new MockBackend()), getPods: undefined }), "The provider lacks getPods: it"],
    ["has features that are no list", () => ({ ...mockOf(new MockBackend()), features: {} }), "features are no list"],
    ["is refused", () => Promise.reject(new Error("no address")), "The provider failed in create: no address"],
    ["never comes", () => new Promise(() => {}), "The provider did not answer create within 0.05 s"],
  ] as const;

  test.each(notMade)("because it %s says so and does not begin", async (_, make, why) => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    await expect(startNode(cluster, { deadlines, provider: make as never })).rejects.toThrow(why);
    expect((await client.list(resources.nodes, {})).items).toEqual([]);
  });

  test("stops when it is asked to while it waits", async () => {
    await using cluster = await startDevCluster();
    const making = Promise.withResolvers<void>();
    const provider = () => (making.resolve(), new Promise<never>(() => {}));
    const node = new VirtualNode({ name: nodeName, connection: cluster.connection(), provider });
    const ending = new AbortController();
    const running = node.run({ signal: ending.signal });
    await making.promise;
    ending.abort();
    expect(await running).toBeUndefined();
  });
});
