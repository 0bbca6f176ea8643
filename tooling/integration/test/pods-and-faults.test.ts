import { Belongings } from "../src/belongings.ts";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { type PodState, type Provider, ProviderError } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { describe, expect, test, vi } from "vitest";
import { startApiProxy } from "./api-proxy.ts";
import {
  clusterWithNode,
  eventually,
  findPod,
  mockOf,
  podManifest,
  startNode,
  untilGone,
  untilPhase,
  withoutWatch,
} from "./cluster-with-node.ts";

const inDefault = (name: string) => ({ namespace: "default", name });

/** Four methods over a map, as in the example of the package: no watch, and what is deleted is simply not there any more. */
function fourMethods(pods: Map<string, PodState> = new Map()): Provider {
  return {
    createPod({ metadata: { namespace, name, uid } }, { revision }) {
      const state = { running: { startedAt: "2026-01-01T00:00:00Z" } };
      const main = { name: "main", image: "app:1", imageID: "", ready: true, restartCount: 0, state };
      pods.set(uid, { namespace, name, uid, revision, status: { phase: "Running", containerStatuses: [main] } });
    },
    deletePod: ({ uid }) => void pods.delete(uid),
    getPod: ({ uid }) => pods.get(uid),
    getPods: () => pods.values(),
  };
}

/** A provider that says this of each of its pods too. */
function reporting(odd: Partial<PodState>): Provider {
  const pods = new Map<string, PodState>();
  const reported = (pod: PodState): PodState => ({ ...pod, ...odd });
  return {
    ...fourMethods(pods),
    getPod: ({ uid }) => pods.get(uid) && reported(pods.get(uid)!),
    getPods: () => [...pods.values()].map(reported),
  };
}

function polled(provider: Provider): Provider {
  return { ...provider, watchPods: undefined } as unknown as Provider;
}

/** A cluster whose API server a node reaches only through a proxy. */
async function clusterBehindProxy(provider: Provider) {
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const proxy = stack.use(await startApiProxy(cluster));
  const { log } = stack.use(await startNode(cluster, { provider, connection: proxy.connection, kubeletApi: false }));
  const owned = stack.move();
  return { cluster, client, proxy, log, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

/** The backend's watch, with a message in each status once there is one. */
function watchSaying(backend: MockBackend, message: () => string): NonNullable<Provider["watchPods"]> {
  return async function* ({ signal }) {
    for await (const event of backend.watch(signal)) {
      if (event.type !== "state" || !message()) yield event;
      else yield { type: "state", pod: { ...event.pod, status: { ...event.pod.status, message: message() } } };
    }
  };
}

describe("a pod that is deleted", () => {
  test("goes from Running to its end, and never back to Pending, also when the backend drops it at once", async () => {
    await using it = await clusterWithNode({ provider: () => fourMethods() });
    await it.client.create(resources.pods, podManifest("web"));
    const { metadata } = await untilPhase(it.client, "web", "Running");
    await new Promise((resolve) => setTimeout(resolve, 150));
    await it.client.delete(resources.pods, inDefault("web"));
    const phases = new Set<string | undefined>();
    for await (const { type, object } of it.client.watch(resources.pods, {
      namespace: "default",
      resourceVersion: metadata.resourceVersion!,
      signal: AbortSignal.timeout(5_000),
    })) {
      if ("status" in object) phases.add((object.status as { phase?: string }).phase);
      if (type === "DELETED") break;
    }
    expect([...phases]).toEqual(["Running", "Failed"]);
  });

  test("by force, and is kept by a finalizer, shows its end all the same", async () => {
    await using it = await clusterWithNode({ provider: () => fourMethods() });
    const { metadata, ...rest } = podManifest("held");
    const finalizers = ["batch.kubernetes.io/job-tracking"];
    await it.client.create(resources.pods, { ...rest, metadata: { ...metadata, finalizers } });
    await untilPhase(it.client, "held", "Running");
    await it.client.delete(resources.pods, inDefault("held"), { gracePeriodSeconds: 0 });
    const { metadata: kept } = await untilPhase(it.client, "held", "Failed");
    expect(kept.finalizers).toEqual(finalizers);
  });

  test("before it ever started shows that it failed to who keeps it by a finalizer", async () => {
    const createPod = () => {
      throw new ProviderError("QuotaExceeded", "no room");
    };
    await using it = await clusterWithNode({ provider: () => ({ ...fourMethods(), createPod }) });
    const { metadata, ...rest } = podManifest("held");
    const finalizers = ["batch.kubernetes.io/job-tracking"];
    await it.client.create(resources.pods, { ...rest, metadata: { ...metadata, finalizers } });
    await untilPhase(it.client, "held", "Pending");
    await it.client.delete(resources.pods, inDefault("held"));
    const { metadata: kept } = await untilPhase(it.client, "held", "Failed");
    expect(kept.finalizers).toEqual(finalizers);
  });

  test("is stopped although the answer to a status write told of the deletion before the watch did", async () => {
    const backend = new MockBackend();
    let message = "";
    await using it = await clusterBehindProxy({
      ...mockOf(backend),
      watchPods: watchSaying(backend, () => message),
    });
    await it.client.create(resources.pods, podManifest("web"));
    const pod = await untilPhase(it.client, "web", "Running");
    it.proxy.watchDelayMs = 300;
    await it.client.delete(resources.pods, inDefault("web"));
    message = "still at it";
    backend.update(pod, "v1:x");
    await untilGone(it.client, "web");
    expect(await findPod(it.client, "web")).toBeUndefined();
  });

  test("has its whole grace, whatever the clocks say, although the answer to a status write told of it first", async () => {
    const backend = new MockBackend();
    const graces: number[] = [];
    let message = "";
    await using it = await clusterBehindProxy({
      ...mockOf(backend),
      deletePod(pod, call) {
        graces.push(call.gracePeriodSeconds);
        backend.stop(pod, { delayMs: 0 });
      },
      watchPods: watchSaying(backend, () => message),
    });
    await it.client.create(resources.pods, podManifest("web"));
    const pod = await untilPhase(it.client, "web", "Running");
    it.proxy.watchDelayMs = 300;
    await it.client.delete(resources.pods, inDefault("web"));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    try {
      message = "still at it";
      backend.update(pod, "v1:x");
      await eventually(() => expect(graces.length).toBeGreaterThan(0));
    } finally {
      vi.useRealTimers();
    }
    expect(graces[0]).toBe(30);
  });

  test("is gone although its provider calls a pod that it does not have NotFound", async () => {
    const pods = new Map<string, PodState>();
    const missing = () => {
      throw new ProviderError("NotFound", "there is no such pod");
    };
    await using it = await clusterWithNode({
      provider: () => ({
        ...fourMethods(pods),
        deletePod: ({ uid }) => (pods.delete(uid) ? undefined : missing()),
        getPod: ({ uid }) => pods.get(uid) ?? missing(),
      }),
    });
    await it.client.create(resources.pods, podManifest("web"));
    await untilPhase(it.client, "web", "Running");
    pods.clear();
    await it.client.delete(resources.pods, inDefault("web"));
    await untilGone(it.client, "web");
    expect(await findPod(it.client, "web")).toBeUndefined();
  });

  test("goes although the API server or we cannot take what its provider says of it", async () => {
    await using it = await clusterBehindProxy(fourMethods());
    await it.client.create(resources.pods, podManifest("huge"));
    await untilPhase(it.client, "huge", "Running");
    it.proxy.refuse = ({ method }) => (method === "PATCH" ? 413 : undefined);
    await it.client.delete(resources.pods, inDefault("huge"), { gracePeriodSeconds: 1 });
    await untilGone(it.client, "huge");
    expect(await findPod(it.client, "huge")).toBeUndefined();
  });

  test("goes although its provider reports an end that is no JSON", async () => {
    const pods = new Map<string, PodState>();
    const status = { phase: "Succeeded", message: 5n as never };
    await using it = await clusterWithNode({
      provider: () => ({
        ...fourMethods(pods),
        deletePod: (pod) => void pods.set(pod.uid, { ...pod, status }),
      }),
    });
    await it.client.create(resources.pods, podManifest("big"));
    await untilPhase(it.client, "big", "Running");
    await it.client.delete(resources.pods, inDefault("big"));
    await untilGone(it.client, "big");
    expect(it.log.has("BigInt")).toBe(true);
  });
});

describe("a pod whose object is gone", () => {
  test("is not asked to stop over and over by a backend that keeps for a while what has ended", async () => {
    const pods = new Map<string, PodState>();
    let deletes = 0;
    let lists = 0;
    await using it = await clusterWithNode({
      provider: () => ({
        ...fourMethods(pods),
        getPods: () => (lists++, pods.values()),
        deletePod(pod) {
          deletes++;
          pods.set(pod.uid, { ...pod, status: { phase: "Succeeded" } });
        },
      }),
    });
    await it.client.create(resources.pods, podManifest("web"));
    await untilPhase(it.client, "web", "Running");
    await it.client.delete(resources.pods, inDefault("web"));
    await untilGone(it.client, "web");
    const before = lists;
    await eventually(() => expect(lists).toBeGreaterThan(before + 10));
    expect(deletes).toBeLessThanOrEqual(2);
  });
});

describe("a node that is stopped", () => {
  test("ends at once although the API server does not answer, also for a pod that is about to go", async () => {
    const pods = new Map<string, PodState>();
    const looked = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    await using it = await clusterBehindProxy({
      ...fourMethods(pods),
      getPod({ uid }) {
        if (!pods.has(uid)) looked.resolve();
        return pods.get(uid);
      },
    });
    await it.client.create(resources.pods, podManifest("web"));
    const { metadata } = await untilPhase(it.client, "web", "Running");
    it.proxy.refuse = ({ method }) => {
      if (method !== "PATCH") return undefined;
      written.resolve();
      return 0;
    };
    const state = pods.get(metadata.uid)!;
    pods.set(metadata.uid, { ...state, status: { ...state.status, message: "still at it" } });
    await written.promise;
    await it.client.delete(resources.pods, inDefault("web"));
    await looked.promise;
    const startedAtMs = performance.now();
    await it[Symbol.asyncDispose]();
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});

describe("a pod", () => {
  test("that has ended is released once the cluster knows, however early the answer to that write comes", async () => {
    const backend = new MockBackend();
    const released: string[] = [];
    await using it = await clusterBehindProxy({
      ...mockOf(backend),
      releasePod: ({ name }) => void released.push(name),
    });
    await it.client.create(resources.pods, podManifest("job", { restartPolicy: "Never" }));
    const { metadata } = await untilPhase(it.client, "job", "Running");
    it.proxy.watchDelayMs = 200;
    backend.finish(metadata.uid, 0);
    await untilPhase(it.client, "job", "Succeeded");
    await eventually(() => expect(released).toEqual(["job"]));
  });

  test("that ran without a word on its containers is not run again when the backend has lost it meanwhile", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const pods = new Map<string, PodState>();
    const creates: string[] = [];
    const terse: Provider = {
      ...fourMethods(pods),
      createPod({ metadata: { namespace, name, uid } }) {
        creates.push(name);
        pods.set(uid, { namespace, name, uid, status: { phase: "Running" } });
      },
    };
    {
      await using _first = await startNode(cluster, { provider: terse });
      await client.create(resources.pods, podManifest("once"));
      await untilPhase(client, "once", "Running");
    }
    pods.clear();
    await using _second = await startNode(cluster, { provider: terse });
    await untilPhase(client, "once", "Failed");
    expect(creates).toEqual(["once"]);
  });

  test("that the backend loses before it starts is created again, each time", async () => {
    let creates = 0;
    await using it = await clusterWithNode({ provider: () => ({ ...fourMethods(), createPod: () => void creates++ }) });
    await it.client.create(resources.pods, podManifest("lost"));
    await eventually(() => expect(creates).toBeGreaterThan(2));
  });

  test("whose creation is throttled is left alone for as long as the backend asked, whatever else is listed", async () => {
    let creates = 0;
    let lists = 0;
    await using it = await clusterWithNode({
      provider: (mock) => ({
        ...polled(mock),
        getPods: (call) => (lists++, mock.getPods(call)),
        createPod: () => {
          creates++;
          throw new ProviderError("Throttled", "slow down", { retryAfterMs: 60_000 });
        },
      }),
    });
    await it.client.create(resources.pods, podManifest("patient"));
    await eventually(() => expect(creates).toBe(1));
    const before = lists;
    await eventually(() => expect(lists).toBeGreaterThan(before + 10));
    expect(creates).toBe(1);
  });

  test("of which the backend says only that it is there is looked up, also when the backend answers before the cluster", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const backend = new MockBackend();
    const terse: Provider = {
      ...mockOf(backend),
      async *watchPods({ signal }) {
        for await (const event of backend.watch(signal)) {
          if (event.type !== "state") yield event;
          else yield { type: "state", pod: { namespace: "default", name: event.pod.name, uid: event.pod.uid } };
        }
      },
    };
    {
      await using _first = await startNode(cluster, { provider: terse });
      await client.create(resources.pods, podManifest("ends", { restartPolicy: "Never" }));
      const { metadata } = await untilPhase(client, "ends", "Running");
      await _first[Symbol.asyncDispose]();
      backend.finish(metadata.uid, 3);
    }
    await using _second = await startNode(cluster, { provider: terse });
    expect((await untilPhase(client, "ends", "Failed")).status?.containerStatuses).toMatchObject([
      { state: { terminated: { exitCode: 3 } } },
    ]);
  });
});

describe("the backend's word", () => {
  test("that an ended pod is gone is no reason to list for ever", async () => {
    const backend = new MockBackend();
    let lists = 0;
    await using it = await clusterWithNode({
      pollMs: 60_000,
      missedTwiceMs: 10,
      provider: () => ({ ...mockOf(backend), getPods: () => (lists++, backend.list()) }),
    });
    await it.client.create(resources.pods, podManifest("job", { restartPolicy: "Never" }));
    const { metadata } = await untilPhase(it.client, "job", "Running");
    backend.finish(metadata.uid, 0);
    await untilPhase(it.client, "job", "Succeeded");
    backend.stop(metadata, { delayMs: 0 });
    for (const name of ["next", "and-next", "and-last"]) {
      await it.client.create(resources.pods, podManifest(name));
      await untilPhase(it.client, name, "Running");
    }
    expect(lists).toBeLessThanOrEqual(1);
  });

  test("that comes while the pod is updated still counts when that is done", async () => {
    const backend = new MockBackend();
    const updating = { begun: Promise.withResolvers<void>(), ended: Promise.withResolvers<void>() };
    const calls: string[] = [];
    await using it = await clusterWithNode({
      provider: () => ({
        ...mockOf(backend),
        async updatePod() {
          updating.begun.resolve();
          await updating.ended.promise;
        },
        deletePod: () => void calls.push("delete"),
        releasePod: () => void calls.push("release"),
      }),
    });
    await it.client.create(resources.pods, podManifest("job", { restartPolicy: "Never" }));
    const { metadata } = await untilPhase(it.client, "job", "Running");
    const body = { metadata: { labels: { seen: "yes" } } };
    await it.client.patch(resources.pods, metadata, { patch: { type: "merge", body } });
    await updating.begun.promise;
    backend.finish(metadata.uid, 0);
    await untilPhase(it.client, "job", "Succeeded");
    updating.ended.resolve();
    await eventually(() => expect(calls).toEqual(["release"]));
  });

  test("that lacks most of many pods is asked for again, so that the user's confirmation counts with a watch too", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const names = Array.from({ length: 12 }, (_, index) => `many-${index}`);
    {
      await using _first = await startNode(cluster, { provider: mockOf(new MockBackend()) });
      await Promise.all(names.map((name) => client.create(resources.pods, podManifest(name))));
      await Promise.all(names.map((name) => untilPhase(client, name, "Running")));
    }
    await using _second = await startNode(cluster, { provider: mockOf(new MockBackend()) });
    const body = { metadata: { annotations: { "virtual-kubelet.io/confirm-disappearance": "yes" } } };
    await eventually(async () => {
      const { status } = await client.get(resources.nodes, { name: "edge" });
      expect(status?.conditions).toContainEqual(expect.objectContaining({ type: "PodsDisappeared", status: "True" }));
    });
    await client.patch(resources.nodes, { name: "edge" }, { patch: { type: "merge", body } });
    await Promise.all(names.map((name) => untilPhase(client, name, "Failed")));
  });

  test("of an orphan is acted on although the cluster could not be asked at first", async () => {
    await using cluster = await startDevCluster();
    await using proxy = await startApiProxy(cluster);
    const backend = new MockBackend();
    const stray = { ...podManifest("stray"), metadata: { namespace: "default", name: "stray", uid: "stray-uid" } };
    backend.start(stray, { revision: "v1:x", delayMs: 0 });
    let refused = 0;
    proxy.refuse = ({ method, path }) =>
      method === "GET" && path.includes("/pods?") && !path.includes("watch=")
        ? refused++ < 2
          ? 500
          : undefined
        : undefined;
    await using _it = await startNode(cluster, {
      provider: mockOf(backend),
      connection: proxy.connection,
      kubeletApi: false,
    });
    await eventually(() => expect(backend.list()).toEqual([]));
    expect(refused).toBeGreaterThan(1);
  });

  test("that it has taken a pod counts although it cannot be asked what became of it", async () => {
    let isAway = false;
    const unlessAway = (): void => {
      if (isAway) throw new ProviderError("Unavailable", "no answers today");
    };
    await using it = await clusterWithNode({
      provider: (mock) => ({
        ...withoutWatch(mock),
        createPod: async (pod, call) => {
          await mock.createPod(pod, call);
          isAway = true;
        },
        getPods: (call) => {
          unlessAway();
          return mock.getPods(call);
        },
        getPod: (pod, call) => {
          unlessAway();
          return mock.getPod(pod, call);
        },
      }),
    });
    await it.client.create(resources.pods, podManifest("web"));
    await eventually(() => expect(it.log.has("no answers today")).toBe(true));
    await eventually(async () => {
      const { status } = (await findPod(it.client, "web"))!;
      expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe("ContainerCreating");
    });
    isAway = false;
    await untilPhase(it.client, "web", "Running");
  });

  test("that lacks most pods is not asked for again without a pause, even when no time is to pass between two", async () => {
    await using cluster = await startDevCluster();
    await using proxy = await startApiProxy(cluster);
    const backend = new MockBackend();
    for (let index = 0; index < 12; index++) {
      const metadata = { namespace: "default", name: `stray-${index}`, uid: `uid-${index}` };
      backend.start({ ...podManifest(metadata.name), metadata }, { revision: "v1:x", delayMs: 0 });
    }
    const listedAtMs: number[] = [];
    proxy.refuse = ({ method, path }) => {
      if (method === "GET" && path.includes("/pods?") && path.includes("limit=")) listedAtMs.push(performance.now());
      return undefined;
    };
    await using _it = await startNode(cluster, {
      provider: mockOf(backend),
      connection: proxy.connection,
      kubeletApi: false,
      missedTwiceMs: 0,
    });
    await eventually(() => expect(listedAtMs.length).toBeGreaterThan(4));
    const [first = 0, ...later] = listedAtMs;
    expect((later.at(-1)! - first) / later.length).toBeGreaterThan(90);
  });

  test("of an orphan has its whole time, also when another is acted on before", async () => {
    const missedTwiceMs = 1_500;
    await using it = await clusterWithNode({ missedTwiceMs });
    const begin = (name: string): void => {
      const stray = { ...podManifest(name), metadata: { namespace: "default", name, uid: `${name}-uid` } };
      it.backend.start(stray, { revision: "v1:x", delayMs: 0 });
    };
    begin("first");
    await eventually(() => expect(it.backend.get("first-uid")?.status?.phase).toBe("Running"));
    const firstAtMs = performance.now();
    await eventually(() => expect(performance.now() - firstAtMs).toBeGreaterThan(missedTwiceMs / 2));
    begin("second");
    const begunAtMs = performance.now();
    await eventually(() => expect(it.backend.get("first-uid")).toBeUndefined());
    expect(performance.now() - begunAtMs).toBeLessThan(missedTwiceMs);
    await eventually(() => expect(it.backend.get("second-uid")).toBeUndefined());
    expect(performance.now() - begunAtMs).toBeGreaterThanOrEqual(missedTwiceMs);
  });

  test("that a watch fails to give is asked for now and then", async () => {
    await using it = await clusterWithNode({
      pollMs: 5,
      provider: (mock) => ({
        ...mock,
        async *watchPods() {
          yield { type: "synced" };
          await new Promise(() => {});
        },
      }),
    });
    await it.client.create(resources.pods, podManifest("unheard"));
    expect((await untilPhase(it.client, "unheard", "Running")).status?.podIP).toBe("10.99.0.1");
  });

  test("with a revision and annotations that are none is heard all the same", async () => {
    const odd = { revision: 5 as never, annotations: null as never };
    await using it = await clusterWithNode({ provider: () => reporting(odd) });
    await it.client.create(resources.pods, podManifest("odd"));
    await untilPhase(it.client, "odd", "Running");
    expect(it.log.lines.filter(({ level }) => level !== "debug" && level !== "info")).toEqual([]);
  });

  test("is shown also when the API server does not take the annotations that come with it", async () => {
    await using it = await clusterWithNode({ provider: () => reporting({ annotations: { "not a key": "x" } }) });
    await it.client.create(resources.pods, podManifest("odd"));
    const { metadata } = await untilPhase(it.client, "odd", "Running");
    expect(metadata.annotations?.["not a key"]).toBeUndefined();
    expect(it.log.has("metadata.annotations")).toBe(true);
  });

  test("of a namesake does not count for the pod that was asked for", async () => {
    const pods = new Map<string, PodState>();
    const another = (pod: PodState | undefined) =>
      pod && { ...pod, uid: "another", status: { phase: "Failed", message: "of another" } };
    await using it = await clusterWithNode({
      provider: () => ({ ...fourMethods(pods), getPod: ({ uid }) => another(pods.get(uid)) }),
    });
    await it.client.create(resources.pods, podManifest("web"));
    await eventually(() => expect(it.log.has("gave the pod with UID another when asked for default/web")).toBe(true));
    expect((await untilPhase(it.client, "web", "Running")).status?.message).toBeUndefined();
  });

  test("that a list began to give before the watch knew better does not count", async () => {
    const backend = new MockBackend();
    const said = { message: "" };
    let list = { begun: Promise.withResolvers<void>(), ended: Promise.withResolvers<void>() };
    const saying = (pod: PodState, { message } = said) => ({ ...pod, status: { ...pod.status, message } });
    await using it = await clusterWithNode({
      pollMs: 5,
      provider: () => ({
        ...mockOf(backend),
        async *watchPods({ signal }) {
          for await (const event of backend.watch(signal))
            yield event.type === "state" ? { type: "state", pod: saying(event.pod) } : event;
        },
        async getPods() {
          const snapshot = backend.list().map((pod) => saying(pod));
          list.begun.resolve();
          await list.ended.promise;
          return snapshot;
        },
      }),
    });
    await it.client.create(resources.pods, podManifest("web"));
    const pod = await untilPhase(it.client, "web", "Running");
    const messageOf = async () => (await findPod(it.client, "web"))?.status?.message;
    list.ended.resolve();
    list = { begun: Promise.withResolvers<void>(), ended: Promise.withResolvers<void>() };
    await list.begun.promise;
    said.message = "newest";
    backend.update(pod, "v1:x");
    await eventually(async () => expect(await messageOf()).toBe("newest"));
    const { ended } = list;
    said.message = "newer still, but not told";
    list = { begun: Promise.withResolvers<void>(), ended: Promise.withResolvers<void>() };
    ended.resolve();
    await list.begun.promise;
    expect(it.log.lines.filter(({ message }) => message.includes("could not be written"))).toEqual([]);
    expect(await messageOf()).toBe("newest");
    list.ended.resolve();
    await eventually(async () => expect(await messageOf()).toBe("newer still, but not told"));
  });
});
