import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { type Provider, ProviderError } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { describe, expect, test } from "vitest";
import {
  clusterWithNode,
  eventsOf,
  eventually,
  findPod,
  mockOf,
  podManifest,
  startNode,
  untilGone,
  untilPhase,
  withoutWatch,
} from "./cluster-with-node.ts";

/** The writes about pods that the node sends meanwhile, in order. */
function podWrites(): Disposable & { readonly writes: string[] } {
  const writes: string[] = [];
  const listen = (message: unknown) => {
    const { method, path, headers } = (
      message as { request: { method: string; path: string; headers: string | string[] } }
    ).request;
    const isNode = (typeof headers === "string" ? headers : headers.join("\n")).includes("virtual-kubelet/");
    if (isNode && method !== "GET" && path.includes("/pods/"))
      writes.push(`${method} ${path.replace(/\?.*/, "").replace(/^.*\/pods\//, "")}`);
  };
  subscribe("undici:request:create", listen);
  return { writes, [Symbol.dispose]: () => void unsubscribe("undici:request:create", listen) };
}

describe("a pod", () => {
  test("costs three writes in its life: running, ended, removed", async () => {
    await using it = await clusterWithNode();
    using seen = podWrites();
    await it.client.create(resources.pods, podManifest("web"));
    const pod = await untilPhase(it.client, "web", "Running");
    expect(pod.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
    await it.client.delete(resources.pods, { namespace: "default", name: "web" });
    await untilGone(it.client, "web");
    await eventually(() => expect(it.backend.list()).toEqual([]));
    expect(seen.writes).toEqual(["PATCH web/status", "PATCH web/status", "DELETE web"]);
  });

  test("is removed only when the backend has ended it, however long that takes, and shows its terminal phase before", async () => {
    await using it = await clusterWithNode({ provider: (_mock, backend) => mockOf(backend, { stopDelayMs: 300 }) });
    const phases: string[] = [];
    await it.client.create(resources.pods, podManifest("slow", { terminationGracePeriodSeconds: 0 }));
    const { metadata } = await untilPhase(it.client, "slow", "Running");
    const ending = new AbortController();
    const watching = (async () => {
      for await (const { type, object } of it.client.watch(resources.pods, {
        namespace: "default",
        resourceVersion: metadata.resourceVersion!,
        signal: ending.signal,
      })) {
        if (type === "DELETED") break;
        if ("status" in object) phases.push(object.status?.phase ?? "");
      }
    })();
    await it.client.delete(resources.pods, { namespace: "default", name: "slow" }, { gracePeriodSeconds: 1 });
    await watching;
    ending.abort();
    expect(phases.at(0)).toBe("Running");
    expect(phases.at(-1)).toBe("Succeeded");
  });

  test("that is removed by force is stopped in the backend", async () => {
    await using it = await clusterWithNode();
    await it.client.create(resources.pods, podManifest("forced"));
    await untilPhase(it.client, "forced", "Running");
    await it.client.delete(resources.pods, { namespace: "default", name: "forced" }, { gracePeriodSeconds: 0 });
    expect(await findPod(it.client, "forced")).toBeUndefined();
    await eventually(() => expect(it.backend.list()).toEqual([]));
  });

  test("that is deleted and created anew under its name has two lives", async () => {
    await using it = await clusterWithNode();
    const first = await it.client.create(resources.pods, podManifest("again"));
    await untilPhase(it.client, "again", "Running");
    await it.client.delete(resources.pods, { namespace: "default", name: "again" }, { gracePeriodSeconds: 0 });
    const second = await it.client.create(resources.pods, podManifest("again"));
    await untilPhase(it.client, "again", "Running");
    await eventually(() => expect(it.backend.list().map(({ uid }) => uid)).toEqual([second.metadata.uid]));
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
  });

  test("that ends shows how, and is never started again", async () => {
    let creates = 0;
    await using it = await clusterWithNode({
      provider: (mock) => ({ ...mock, createPod: (pod, call) => (creates++, mock.createPod(pod, call)) }),
    });
    await it.client.create(resources.pods, podManifest("job", { restartPolicy: "Never" }));
    const { metadata } = await untilPhase(it.client, "job", "Running");
    it.backend.finish(metadata.uid, 7);
    const pod = await untilPhase(it.client, "job", "Failed");
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 7, reason: "Error" });
    await it.client.patch(resources.pods, pod.metadata, {
      patch: { type: "merge", body: { metadata: { labels: { seen: "yes" } } } },
    });
    it.cluster.compact();
    await it.client.create(resources.pods, podManifest("next"));
    await untilPhase(it.client, "next", "Running");
    expect(creates).toBe(2);
  });

  test("survives the agent: after a restart it is found again, and neither created nor stopped", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const backend = new MockBackend();
    const calls: string[] = [];
    const provider: Provider = {
      ...mockOf(backend),
      createPod: (pod, call) => (calls.push("create"), mockOf(backend).createPod(pod, call)),
      deletePod: (pod, call) => (calls.push("delete"), mockOf(backend).deletePod(pod, call)),
      adoptPod: () => void calls.push("adopt"),
    };
    {
      await using _first = await startNode(cluster, { provider });
      await client.create(resources.pods, podManifest("stays"));
      await client.create(resources.pods, podManifest("ends", { restartPolicy: "Never" }));
      await untilPhase(client, "stays", "Running");
      const { metadata } = await untilPhase(client, "ends", "Running");
      await _first[Symbol.asyncDispose]();
      backend.finish(metadata.uid, 3);
    }
    await using _second = await startNode(cluster, { provider });
    const ended = await untilPhase(client, "ends", "Failed");
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
    await eventually(() => expect(calls).toContain("adopt"));
    expect((await findPod(client, "stays"))?.status?.phase).toBe("Running");
    expect(calls).toEqual(["create", "create", "adopt"]);
  });

  test("that waits for a missing ConfigMap says so in kubelet's words, and starts when it is there", async () => {
    let exists = false;
    await using it = await clusterWithNode({
      provider: (mock) => ({
        ...mock,
        createPod(pod, call) {
          if (!exists) throw new ProviderError("ConfigMissing", 'configmap "settings" not found', { retryAfterMs: 30 });
          return mock.createPod(pod, call);
        },
      }),
    });
    await it.client.create(resources.pods, podManifest("waits"));
    await eventually(async () => {
      const waiting = (await findPod(it.client, "waits"))?.status?.containerStatuses?.[0]?.state?.waiting;
      expect(waiting).toEqual({ reason: "CreateContainerConfigError", message: 'configmap "settings" not found' });
    });
    exists = true;
    await untilPhase(it.client, "waits", "Running");
  });

  test("that the provider refuses stays Pending, says why, and has an event", async () => {
    const reason = "volumes cannot be mounted here";
    await using it = await clusterWithNode({
      provider: (mock) => ({
        ...mock,
        features: [{ field: "spec.hostPID", support: "refused", reason, asks: ({ spec }) => spec.hostPID === true }],
      }),
    });
    await it.client.create(resources.pods, podManifest("odd", { hostPID: true }));
    await eventually(async () => {
      const status = (await findPod(it.client, "odd"))?.status;
      expect(status).toMatchObject({
        phase: "Pending",
        containerStatuses: [{ state: { waiting: { reason: "Unsupported", message: `spec.hostPID: ${reason}` } } }],
      });
      expect(await eventsOf(it.client, "odd")).toContainEqual({
        reason: "Unsupported",
        message: `spec.hostPID: ${reason}`,
      });
    });
    expect(it.backend.list()).toEqual([]);
    await it.client.delete(resources.pods, { namespace: "default", name: "odd" });
    await untilGone(it.client, "odd");
  });

  test("whose creation hangs holds nobody up, and can be deleted", async () => {
    let aborted = false;
    await using it = await clusterWithNode({
      provider: (mock) => ({
        ...mock,
        async createPod(pod, call) {
          if (pod.metadata.name !== "hangs") return mock.createPod(pod, call);
          await new Promise((_resolve, reject) =>
            call.signal.addEventListener("abort", () => ((aborted = true), reject(call.signal.reason))),
          );
        },
      }),
    });
    await it.client.create(resources.pods, podManifest("hangs"));
    await it.client.create(resources.pods, podManifest("works"));
    await untilPhase(it.client, "works", "Running");
    await it.client.delete(resources.pods, { namespace: "default", name: "hangs" });
    await untilGone(it.client, "hangs");
    expect(aborted).toBe(true);
  });

  test("is deleted although its provider ignores every abort, once the deadline has passed", async () => {
    await using it = await clusterWithNode({
      deadlines: { readMs: 1_000, changeMs: 150 },
      provider: (mock) => ({
        ...mock,
        createPod: (pod, call) => (pod.metadata.name === "deaf" ? new Promise(() => {}) : mock.createPod(pod, call)),
      }),
    });
    await it.client.create(resources.pods, podManifest("deaf"));
    await eventually(async () => {
      expect((await findPod(it.client, "deaf"))?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe(
        "ProviderDeadlineExceeded",
      );
    });
    await it.client.delete(resources.pods, { namespace: "default", name: "deaf" });
    await untilGone(it.client, "deaf");
  });
});

describe("the backend's word", () => {
  test("counts when two lists lack a pod that ran: its end is unknown", async () => {
    await using it = await clusterWithNode();
    await it.client.create(resources.pods, podManifest("lost"));
    const { metadata } = await untilPhase(it.client, "lost", "Running");
    it.backend.lose(metadata.uid);
    // The mock's watch does not tell: only a list can.
    await using _second = await startNode(it.cluster, { provider: withoutWatch(mockOf(it.backend)) });
    const pod = await untilPhase(it.client, "lost", "Failed");
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: "ContainerStatusUnknown",
    });
  });

  test("that fails is no empty world: nothing is deleted, and the node says what is wrong", async () => {
    let broken = false;
    await using it = await clusterWithNode({
      provider: (mock) => {
        return {
          ...withoutWatch(mock),
          getPods: (call) => (broken ? Promise.reject(new Error("backend on fire")) : mock.getPods(call)),
        };
      },
    });
    await it.client.create(resources.pods, podManifest("safe"));
    const { metadata } = await untilPhase(it.client, "safe", "Running");
    broken = true;
    await eventually(() => expect(it.log.has("backend on fire")).toBe(true));
    expect(it.backend.get(metadata.uid)).toBeDefined();
    expect((await findPod(it.client, "safe"))?.status?.phase).toBe("Running");
  });

  test("that is nonsense is said in one sentence, and disturbs nothing else", async () => {
    let nonsense = false;
    await using it = await clusterWithNode({
      provider: (mock) => {
        return {
          ...withoutWatch(mock),
          getPods: (call) => (nonsense ? ([null, { name: "x" }] as never) : mock.getPods(call)),
        };
      },
    });
    nonsense = true;
    await eventually(() =>
      expect(it.log.has("The provider's getPods gave a pod without uid, namespace or name: null")).toBe(true),
    );
    nonsense = false;
    await it.client.create(resources.pods, podManifest("after"));
    await untilPhase(it.client, "after", "Running");
  });

  test("of a pod that the cluster does not know is an orphan, stopped once that is certain", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const backend = new MockBackend();
    const stray = { ...podManifest("stray"), metadata: { namespace: "default", name: "stray", uid: "stray-uid" } };
    backend.start(stray, { revision: "v1:x", delayMs: 0 });
    await using it = await startNode(cluster, { provider: mockOf(backend) });
    await client.create(resources.pods, podManifest("known"));
    await untilPhase(client, "known", "Running");
    await eventually(() => expect(backend.list().map(({ name }) => name)).toEqual(["known"]));
    expect(it.log.has("the backend runs a pod that the cluster does not have")).toBe(true);
  });

  test("that lacks most of many pods is not believed, until the user confirms it", async () => {
    await using it = await clusterWithNode({
      provider: withoutWatch,
    });
    const names = Array.from({ length: 12 }, (_, index) => `many-${index}`);
    await Promise.all(names.map((name) => it.client.create(resources.pods, podManifest(name))));
    await Promise.all(names.map((name) => untilPhase(it.client, name, "Running")));
    for (const { uid } of it.backend.list()) it.backend.lose(uid);
    const conditionOf = async () =>
      (await it.client.get(resources.nodes, { name: "edge" })).status?.conditions?.find(
        ({ type }) => type === "PodsDisappeared",
      )?.status;
    await eventually(async () => expect(await conditionOf()).toBe("True"));
    expect((await findPod(it.client, "many-0"))?.status?.phase).toBe("Running");
    const body = { metadata: { annotations: { "virtual-kubelet.io/confirm-disappearance": "yes" } } };
    await it.client.patch(resources.nodes, { name: "edge" }, { patch: { type: "merge", body } });
    await Promise.all(names.map((name) => untilPhase(it.client, name, "Failed")));
    await eventually(async () => expect(await conditionOf()).toBe("False"));
  });
});
