import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { startDevCluster, type DevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, type Lease, type Node, type Pod, resources } from "@virtual-kubelet/kubernetes";
import type { Provider } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { type HighAvailability, VirtualNode, type VirtualNodeOptions } from "virtual-kubelet";
import { describe, expect, test } from "vitest";
import { Belongings } from "../src/belongings.ts";
import { startApiProxy } from "./api-proxy.ts";
import {
  LogLines,
  eventually as eventuallyWithin,
  findPod,
  mockOf,
  nodeName,
  podManifest,
} from "./cluster-with-node.ts";

/** Times in which a test can see what otherwise takes most of a minute. */
const times = { durationMs: 3_000, deadlineMs: 2_000, renewMs: 250 };
const ways: readonly HighAvailability[] = [
  { lease: "own", times },
  { lease: "node", times },
];

interface Agent {
  readonly log: LogLines;
  /** The calls of its provider, with when they started. */
  readonly calls: { readonly verb: string; readonly atMs: number }[];
  readonly running: Promise<void>;
  /** Ends it as asked: it gives its lease back. */
  stop(): Promise<void>;
}

interface Scene extends AsyncDisposable {
  readonly cluster: DevCluster;
  readonly client: KubernetesClient;
  /** What both agents run pods in. */
  readonly backend: MockBackend;
  start(options: Partial<VirtualNodeOptions>): Agent;
  node(): Promise<Node>;
  lease(way: HighAvailability): Promise<Lease>;
}

async function openScene(): Promise<Scene> {
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const backend = new MockBackend();
  const agents = new Belongings();
  stack.use(agents);
  const owned = stack.move();
  return {
    cluster,
    client,
    backend,
    start(options) {
      const agent = startAgent(cluster, backend, options);
      agents.defer(() => agent.stop());
      return agent;
    },
    node: () => client.get(resources.nodes, { name: nodeName }),
    lease: ({ lease }) =>
      client.get(resources.leases, {
        namespace: "kube-node-lease",
        name: lease === "node" ? nodeName : `virtual-kubelet-${nodeName}`,
      }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

function startAgent(cluster: DevCluster, backend: MockBackend, options: Partial<VirtualNodeOptions>): Agent {
  const log = new LogLines();
  const calls: { verb: string; atMs: number }[] = [];
  const ending = new AbortController();
  const node = new VirtualNode({
    name: nodeName,
    connection: cluster.connection({ user: `system:node:${nodeName}`, groups: ["system:nodes"] }),
    kubeletApi: { address: "127.0.0.1", port: 0, hostAddress: "127.0.0.1" },
    taints: [],
    logger: log.logger,
    pollMs: 50,
    missedTwiceMs: 200,
    provider: () => counted(mockOf(backend), calls),
    ...options,
  });
  const running = node.run({ signal: ending.signal });
  running.catch(() => {});
  return {
    log,
    calls,
    running,
    async stop() {
      ending.abort();
      await running.catch(() => {});
    },
  };
}

/** The backend outlives the agent, so it does not end with the provider. */
function counted(provider: Provider, calls: { verb: string; atMs: number }[]): Provider {
  const verbs = Object.entries(provider).map(([verb, call]) => [
    verb,
    (...args: unknown[]) => {
      calls.push({ verb, atMs: performance.now() });
      return (call as (...all: unknown[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(verbs) as Provider;
}

/** The times above are real ones, and whoever else uses the machine makes everything but them longer. */
const patience = { timeout: 60_000 };
const patienceMs = 20_000;

const eventually = (check: () => unknown): Promise<void> => eventuallyWithin(check, patienceMs);

async function untilRuns({ client }: Scene, name: string): Promise<Pod> {
  await eventually(async () => expect((await findPod(client, name))?.status?.phase).toBe("Running"));
  return (await findPod(client, name))!;
}

const acts = ({ log }: Agent) => log.has("this agent acts for the node");
const waits = ({ log }: Agent) => log.has("another agent acts for the node");
const creations = (...agents: Agent[]): number =>
  agents.flatMap(({ calls }) => calls).filter(({ verb }) => verb === "createPod").length;
const kubeletPort = ({ status }: Node) => status?.daemonEndpoints?.kubeletEndpoint?.Port;

describe.each(ways)("of two agents for one node, by a lease that is $lease,", patience, (way) => {
  test("[21] exactly one acts: the other makes neither provider nor kubelet API, and nothing is created twice", async () => {
    await using scene = await openScene();
    const first = scene.start({ highAvailability: way });
    await eventually(() => expect(acts(first)).toBe(true));
    const second = scene.start({ highAvailability: way });
    await eventually(() => expect(waits(second)).toBe(true));
    for (const name of ["a", "b", "c"]) {
      await scene.client.create(resources.pods, podManifest(name));
      await untilRuns(scene, name);
    }
    expect(creations(first)).toBe(3);
    expect(second.calls).toEqual([]);
    expect(acts(second)).toBe(false);
    expect((await scene.lease(way)).spec?.leaseTransitions).toBe(0);
  });

  test("the other takes over at once when the first is stopped, with its address and port, and the pods run on", async () => {
    await using scene = await openScene();
    const kubeletApi = (hostAddress: string) => ({ address: "127.0.0.1", port: 0, hostAddress });
    const first = scene.start({ highAvailability: way, kubeletApi: kubeletApi("127.0.0.1") });
    await eventually(() => expect(acts(first)).toBe(true));
    const second = scene.start({ highAvailability: way, kubeletApi: kubeletApi("127.0.0.2") });
    await scene.client.create(resources.pods, podManifest("web"));
    const pod = await untilRuns(scene, "web");
    const before = await scene.node();
    await first.stop();
    await eventually(() => expect(acts(second)).toBe(true));
    await eventually(async () => {
      const { metadata, status } = await scene.node();
      expect(metadata.uid).toBe(before.metadata.uid);
      expect(status?.addresses).toContainEqual({ type: "InternalIP", address: "127.0.0.2" });
      expect(status?.addresses).not.toContainEqual({ type: "InternalIP", address: "127.0.0.1" });
      expect(kubeletPort({ metadata, status } as Node)).not.toBe(kubeletPort(before));
    });
    await scene.client.create(resources.pods, podManifest("next"));
    await untilRuns(scene, "next");
    expect((await findPod(scene.client, "web"))?.metadata.uid).toBe(pod.metadata.uid);
    expect(creations(first)).toBe(1);
    expect(creations(second)).toBe(1);
    expect(scene.backend.list()).toHaveLength(2);
  });

  test("the one whose API server is out of reach starts no call after its deadline, and the other takes over after it", async () => {
    await using scene = await openScene();
    await using proxy = await startApiProxy(scene.cluster);
    const { ca } = await scene.cluster.connection().credentials({ refresh: false, signal: AbortSignal.timeout(1_000) });
    const kubeletApi = { address: "127.0.0.1", port: 0, hostAddress: "127.0.0.1", clientCertificateAuthority: ca! };
    const first = scene.start({ highAvailability: way, connection: proxy.connection, kubeletApi });
    await scene.client.create(resources.pods, podManifest("web"));
    await untilRuns(scene, "web");
    const second = scene.start({ highAvailability: way });
    await eventually(() => expect(waits(second)).toBe(true));
    const cutAtMs = performance.now();
    proxy.refuse = () => 0;
    await eventually(() => expect(acts(second)).toBe(true));
    const tookOverAtMs = performance.now();
    await scene.client.create(resources.pods, podManifest("next"));
    await untilRuns(scene, "next");
    const lastMs = Math.max(...first.calls.map(({ atMs }) => atMs));
    expect(lastMs).toBeLessThan(cutAtMs + times.deadlineMs);
    expect(tookOverAtMs - lastMs).toBeGreaterThan(0);
    expect(creations(first)).toBe(1);
    expect(creations(second)).toBe(1);
    expect(first.calls.map(({ verb }) => verb)).not.toContain("deletePod");
    expect(scene.backend.list()).toHaveLength(2);
    // When it is heard of again it waits for its turn, and gets it.
    proxy.refuse = () => undefined;
    await eventually(() => expect(waits(first)).toBe(true));
    await second.stop();
    const { length } = first.calls;
    await eventually(() => expect(first.calls.length).toBeGreaterThan(length));
    await scene.client.create(resources.pods, podManifest("last"));
    await untilRuns(scene, "last");
    expect(scene.backend.list()).toHaveLength(3);
  });

  test("the one that finds its lease taken acts no more", async () => {
    await using scene = await openScene();
    const agent = scene.start({ highAvailability: way });
    await eventually(() => expect(agent.calls.map(({ verb }) => verb)).toContain("getPods"));
    const { metadata } = await scene.lease(way);
    const spec = { holderIdentity: "somebody", leaseDurationSeconds: 60, renewTime: "2026-01-01T00:00:00.000000Z" };
    await scene.client.patch(resources.leases, metadata, { patch: { type: "merge", body: { spec } } });
    await eventually(() => expect(agent.log.has("the lease is held by somebody")).toBe(true));
    const { length } = agent.calls;
    await scene.client.create(resources.pods, podManifest("web"));
    await eventually(() => expect(waits(agent)).toBe(true));
    expect(agent.calls).toHaveLength(length);
    expect((await scene.lease(way)).spec?.holderIdentity).toBe("somebody");
  });

  test("the one whose lease somebody deletes goes on, and the other does not begin", async () => {
    await using scene = await openScene();
    const first = scene.start({ highAvailability: way });
    await eventually(() => expect(acts(first)).toBe(true));
    const second = scene.start({ highAvailability: way });
    await eventually(() => expect(waits(second)).toBe(true));
    const { metadata, spec } = await scene.lease(way);
    await scene.client.delete(resources.leases, metadata);
    await eventually(async () => {
      const again = await scene.lease(way);
      expect(again.metadata.uid).not.toBe(metadata.uid);
      expect(again.spec?.holderIdentity).toBe(spec?.holderIdentity);
    });
    await scene.client.create(resources.pods, podManifest("web"));
    await untilRuns(scene, "web");
    expect(acts(second)).toBe(false);
  });
});

test(
  "[25] an agent whose event loop stalls beyond its deadline starts no call of that term when it goes on",
  patience,
  async () => {
    await using scene = await openScene();
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names)
      await scene.client.create(resources.pods, podManifest(name, { nodeName, tolerations: [{ operator: "Exists" }] }));
    const lives: { verb: string; atMs: number }[][] = [];
    let stalledUntilMs = Infinity;
    const stalling = (mock: Provider): Provider => ({
      ...mock,
      createPod(pod, call) {
        if (stalledUntilMs === Infinity) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, times.deadlineMs + 100);
          stalledUntilMs = performance.now();
        }
        return mock.createPod(pod, call);
      },
    });
    const agent = scene.start({
      highAvailability: { times },
      provider: () => {
        const calls: { verb: string; atMs: number }[] = [];
        lives.push(calls);
        return counted(stalling(mockOf(scene.backend)), calls);
      },
    });
    for (const name of names) await untilRuns(scene, name);
    expect(lives.length).toBeGreaterThan(1);
    expect(lives[0]?.filter(({ atMs }) => atMs > stalledUntilMs)).toEqual([]);
    expect(lives.flat().filter(({ verb }) => verb === "createPod")).toHaveLength(names.length);
    expect(agent.log.has("it could not renew its lease in time")).toBe(true);
  },
);

test(
  "the lease of a node that two agents share is renewed by the one that acts, and belongs to the node",
  patience,
  async () => {
    await using scene = await openScene();
    const way: HighAvailability = { lease: "node", times };
    const heartbeats: unknown[] = [];
    const hear = (message: unknown) => void heartbeats.push(message);
    subscribe("virtual-kubelet:lease", hear);
    const first = scene.start({ highAvailability: way });
    scene.start({ highAvailability: way });
    await eventually(async () => {
      const { metadata, spec } = await scene.lease(way);
      const { uid } = (await scene.node()).metadata;
      expect(metadata.ownerReferences).toEqual([{ apiVersion: "v1", kind: "Node", name: nodeName, uid }]);
      expect(spec).toMatchObject({ holderIdentity: expect.stringMatching(/.+_.+/), leaseDurationSeconds: 3 });
    });
    expect((await scene.client.list(resources.leases, { namespace: "kube-node-lease" })).items).toHaveLength(1);
    const renewed = (await scene.lease(way)).spec?.renewTime;
    await eventually(async () => expect((await scene.lease(way)).spec?.renewTime).not.toBe(renewed));
    expect(heartbeats).toContainEqual({ node: nodeName, event: "renewed", durationMs: expect.any(Number) });
    await first.stop();
    expect(heartbeats).toContainEqual({ node: nodeName, event: "ended" });
    unsubscribe("virtual-kubelet:lease", hear);
  },
);

test("an agent whose term is over asks for another only when what it was doing has ended", patience, async () => {
  await using scene = await openScene();
  const way: HighAvailability = { lease: "own", times };
  const ended = Promise.withResolvers<void>();
  using _ended = { [Symbol.dispose]: () => ended.resolve() };
  let lives = 0;
  let isEnding = false;
  const agent = scene.start({
    highAvailability: way,
    provider: () => {
      lives++;
      const end = async (): Promise<void> => {
        isEnding = true;
        await ended.promise;
      };
      return { ...mockOf(scene.backend), [Symbol.asyncDispose]: end };
    },
  });
  await eventually(() => expect(acts(agent)).toBe(true));
  const { metadata } = await scene.lease(way);
  const give = async (holderIdentity: string | null) => {
    const body = { spec: { holderIdentity } };
    await scene.client.patch(resources.leases, metadata, { patch: { type: "merge", body } });
  };
  await give("somebody");
  await eventually(() => expect(isEnding).toBe(true));
  await give(null);
  const freeSinceMs = performance.now();
  await eventually(() => expect(performance.now() - freeSinceMs).toBeGreaterThan(4 * times.renewMs));
  expect(lives).toBe(1);
  ended.resolve();
  await eventually(() => expect(lives).toBe(2));
});

test("an agent that cannot begin says why, and gives its lease back at once", patience, async () => {
  await using scene = await openScene();
  const way: HighAvailability = { lease: "own", times };
  const failing = scene.start({ highAvailability: way, provider: () => Promise.reject(new Error("no backend")) });
  await expect(failing.running).rejects.toThrow("no backend");
  expect((await scene.lease(way)).spec?.holderIdentity).toBeUndefined();
});
