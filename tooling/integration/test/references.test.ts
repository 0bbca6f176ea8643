import { EventRecorder, NodeContext } from "@virtual-kubelet/controllers";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { type ConfigMap, type Container, KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { type Provider, type ProviderContext, ProviderError, silentLogger } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { describe, expect, test, vi } from "vitest";
import { Belongings } from "../src/belongings.ts";
import { startApiProxy } from "./api-proxy.ts";
import { eventually, mockOf, podManifest, startNode, untilGone, untilPhase } from "./cluster-with-node.ts";
import { FollowedVolume, untilHad } from "./followed-volume.ts";

const { signal } = new AbortController();

/** A node whose requests can be seen, and what it lends its provider. */
async function nodeBehindProxy(provider: (mock: Provider, context: ProviderContext) => Provider = (mock) => mock) {
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const proxy = stack.use(await startApiProxy(cluster));
  const made = Promise.withResolvers<ProviderContext>();
  const backend = new MockBackend();
  const node = stack.use(
    await startNode(cluster, {
      provider: (context) => (made.resolve(context), provider(mockOf(backend), context)),
      connection: proxy.connection,
      kubeletApi: false,
    }),
  );
  const context = await made.promise;
  const owned = stack.move();
  return {
    client,
    proxy,
    context,
    stopNode: () => node[Symbol.asyncDispose](),
    /** What is watched besides pods and nodes. */
    watched: () => proxy.watched.filter((each) => !/^(pods|nodes|leases|services) /.test(each)),
    configMap: (name: string, data: ConfigMap["data"], more: Partial<ConfigMap> = {}) =>
      client.create(resources.configMaps, { metadata: { namespace: "default", name }, ...(data && { data }), ...more }),
    secret: (name: string, value: string) =>
      client.create(resources.secrets, { metadata: { namespace: "default", name }, data: { value: btoa(value) } }),
    change: (name: string, data: ConfigMap["data"]) =>
      client.patch(resources.configMaps, { namespace: "default", name }, { patch: { type: "merge", body: { data } } }),
    pod: async (name: string, container: Partial<Container>, phase = "Running"): Promise<Pod> => {
      await client.create(
        resources.pods,
        podManifest(name, { enableServiceLinks: false, containers: [{ name: "main", image: "app:1", ...container }] }),
      );
      return untilPhase(client, name, phase);
    },
    values: async ({ metadata }: Pod) => {
      const variables = await context.environment({ pod: metadata, container: "main" }, { signal });
      const own = variables.filter(({ name }) => !name.startsWith("KUBERNETES_"));
      return Object.fromEntries(own.map(({ name, value }) => [name, value]));
    },
    gets: (path: string) => proxy.requests.filter((each) => each === `GET ${path}`).length,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

const fromConfigMap = (name: string) => ({ envFrom: [{ configMapRef: { name } }] });

describe("what pods refer to", () => {
  test("is watched by its name, once for all pods, from when one first asks for it until the last is gone", async () => {
    await using it = await nodeBehindProxy();
    await it.configMap("settings", { COLOUR: "blue" });
    await it.configMap("other", { COLOUR: "red" });
    await it.secret("keys", "s3cret");
    const one = await it.pod("one", fromConfigMap("settings"));
    const two = await it.pod("two", {
      envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }],
    });
    expect(it.watched()).toEqual([]);

    expect(await it.values(one)).toEqual({ COLOUR: "blue" });
    expect(await it.values(two)).toEqual({ COLOUR: "blue", value: "s3cret" });
    await it.values(one);
    const both = ["configmaps metadata.name=settings", "secrets metadata.name=keys"];
    await eventually(() => expect(it.watched()).toEqual(both));

    await it.client.delete(resources.pods, two.metadata, { gracePeriodSeconds: 0 });
    await untilGone(it.client, "two");
    await eventually(() => expect(it.watched()).toEqual(["configmaps metadata.name=settings"]));
    await it.client.delete(resources.pods, one.metadata, { gracePeriodSeconds: 0 });
    await eventually(() => expect(it.watched()).toEqual([]));
    await expect(it.values(one)).rejects.toMatchObject({ code: "NotFound" });
    expect(it.watched()).toEqual([]);
  });

  test("is not older than the pod, even where the watch that another pod's needs keep open lags behind", async () => {
    await using it = await nodeBehindProxy();
    await it.configMap("settings", { COLOUR: "blue" });
    const one = await it.pod("one", fromConfigMap("settings"));
    expect(await it.values(one)).toEqual({ COLOUR: "blue" });
    await eventually(() => expect(it.watched()).toEqual(["configmaps metadata.name=settings"]));

    it.proxy.watchDelayMs = 300;
    await it.change("settings", { COLOUR: "red" });
    const two = await it.pod("two", fromConfigMap("settings"));
    expect(await it.values(two)).toEqual({ COLOUR: "red" });
    expect(await it.values(one)).toEqual({ COLOUR: "red" });
  });

  test("is asked for once when many pods want it at once, and is known when the API server is away", async () => {
    await using it = await nodeBehindProxy();
    await it.configMap("settings", { COLOUR: "blue" });
    const pods = await Promise.all(
      Array.from({ length: 20 }, (_, index) => it.pod(`pod-${index}`, fromConfigMap("settings"))),
    );
    expect(await Promise.all(pods.map((pod) => it.values(pod)))).toEqual(pods.map(() => ({ COLOUR: "blue" })));
    expect(it.gets("/api/v1/namespaces/default/configmaps/settings")).toBeLessThan(4);

    await Promise.all(pods.map((pod) => it.values(pod)));
    it.proxy.refuse = () => 503;
    expect(await it.values(pods[7]!)).toEqual({ COLOUR: "blue" });
  });

  test("is not watched when it is immutable, and is read again for a pod that comes later", async () => {
    await using it = await nodeBehindProxy();
    await it.configMap("fixed", { COLOUR: "blue" }, { immutable: true });
    const one = await it.pod("one", fromConfigMap("fixed"));
    expect(await it.values(one)).toEqual({ COLOUR: "blue" });
    expect(await it.values(one)).toEqual({ COLOUR: "blue" });
    expect(it.watched()).toEqual([]);
    expect(it.gets("/api/v1/namespaces/default/configmaps/fixed")).toBe(1);

    await it.client.delete(resources.configMaps, { namespace: "default", name: "fixed" });
    await it.configMap("fixed", { COLOUR: "red" });
    const two = await it.pod("two", fromConfigMap("fixed"));
    expect(await it.values(two)).toEqual({ COLOUR: "red" });
    await eventually(() => expect(it.watched()).toEqual(["configmaps metadata.name=fixed"]));
    await it.change("fixed", { COLOUR: "green" });
    await eventually(async () => expect(await it.values(two)).toEqual({ COLOUR: "green" }));
    await it.client.patch(
      resources.configMaps,
      { namespace: "default", name: "fixed" },
      { patch: { type: "merge", body: { immutable: true } } },
    );
    await eventually(() => expect(it.watched()).toEqual([]));
  });

  test("is refused for good when the API server does not give it, which is said", async () => {
    await using it = await nodeBehindProxy();
    await it.secret("keys", "s3cret");
    const pod = await it.pod("web", { envFrom: [{ secretRef: { name: "keys" } }] });
    it.proxy.refuse = ({ path }) => (path.includes("/secrets") ? 403 : undefined);
    await expect(it.values(pod)).rejects.toMatchObject({ code: "Unauthorized" });
    it.proxy.refuse = () => undefined;
    expect(await it.values(pod)).toEqual({ value: "s3cret" });
  });

  test("is told of when it changes, comes or goes; and not when nothing has", async () => {
    await using it = await nodeBehindProxy();
    await it.configMap("settings", { COLOUR: "blue" });
    const container = { envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }] };
    const pod = await it.pod("web", container);
    let heard = 0;
    const listen = () => it.context.referencesChanged(pod.metadata, { signal }).then(() => void heard++);
    const first = listen();
    await eventually(() => expect(it.watched()).toHaveLength(2));
    expect(heard).toBe(0);
    await it.change("settings", { COLOUR: "red" });
    await first;
    const second = listen();
    await it.secret("keys", "s3cret");
    await second;
    const third = listen();
    await it.client.delete(resources.secrets, { namespace: "default", name: "keys" });
    await third;
    expect(heard).toBe(3);

    const giveUp = new AbortController();
    const last = it.context.referencesChanged(pod.metadata, { signal: giveUp.signal });
    giveUp.abort(new Error("given up"));
    await expect(last).rejects.toThrow("given up");
    const gone = it.context.referencesChanged(pod.metadata, { signal });
    await it.client.delete(resources.pods, pod.metadata, { gracePeriodSeconds: 0 });
    await expect(gone).rejects.toMatchObject({ code: "NotFound" });
  });

  test("wakes a pod that waited for it, long before its next try is due", async () => {
    let tries = 0;
    const provider = (mock: Provider, context: ProviderContext): Provider => ({
      ...mock,
      async createPod(pod, call) {
        tries++;
        await context.environment({ pod: pod.metadata, container: "main" }, call);
        return mock.createPod(pod, call);
      },
    });
    await using it = await nodeBehindProxy(provider);
    const pod = await it.pod("web", fromConfigMap("settings"), "Pending");
    await eventually(() => expect(it.watched()).toEqual(["configmaps metadata.name=settings"]));
    expect(tries).toBe(1);
    const startMs = performance.now();
    await it.configMap("settings", { COLOUR: "blue" });
    await untilPhase(it.client, "web", "Running");
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(tries).toBe(2);
    expect(await it.values(pod)).toEqual({ COLOUR: "blue" });
  });

  test("is left alone when the pod has ended, and all of it when the node stops", async () => {
    await using it = await nodeBehindProxy();
    await it.configMap("settings", { COLOUR: "blue" });
    const one = await it.pod("one", fromConfigMap("settings"));
    await it.values(one);
    await eventually(() => expect(it.watched()).toHaveLength(1));
    await it.client.patch(resources.pods, one.metadata, {
      patch: { type: "merge", body: { status: { phase: "Succeeded" } } },
      subresource: "status",
    });
    await eventually(() => expect(it.watched()).toEqual([]));

    const two = await it.pod("two", fromConfigMap("settings"));
    await it.values(two);
    await eventually(() => expect(it.watched()).toHaveLength(1));
    const waiting = it.context.referencesChanged(two.metadata, { signal });
    await Promise.all([it.stopNode(), expect(waiting).rejects.toMatchObject({ code: "Unavailable" })]);
    await eventually(() => expect(it.watched()).toEqual([]));
  });
});

test("a watch that no pod has needed for some minutes is closed, and what is read or waited for then is what it is then", async () => {
  await using cluster = await startDevCluster();
  await using client = new KubernetesClient({ connection: cluster.connection() });
  await using proxy = await startApiProxy(cluster);
  await using ours = new KubernetesClient({ connection: proxy.connection });
  const write = (COLOUR: string) =>
    client.patch(resources.configMaps, settings, { patch: { type: "merge", body: { data: { COLOUR } } } });
  const settings = { namespace: "default", name: "settings" };
  await client.create(resources.configMaps, { metadata: settings, data: { COLOUR: "blue" } });
  const pods = new Map<string, Pod>();
  for (const name of ["reads", "follows"]) {
    const containers = [{ name: "main", image: "app:1", ...fromConfigMap("settings") }];
    const spec = { enableServiceLinks: false, containers };
    const volumes = [{ name: "v", configMap: { name: "settings" } }];
    const pod = await client.create(resources.pods, podManifest(name, { ...spec, volumes }));
    pods.set(pod.metadata.uid, pod);
  }
  const [reads, follows] = [...pods.values()].map(({ metadata }) => metadata);
  if (!reads || !follows) throw new Error("there are no pods");
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const passMinutes = (minutes: number) => vi.advanceTimersByTime(minutes * 60_000);
  try {
    await using context = new NodeContext({
      client: ours,
      nodeName: "edge",
      clusterId: "c",
      logger: silentLogger,
      events: new EventRecorder({ client: ours, nodeName: "edge", logger: silentLogger }),
      pod: (uid) => pods.get(uid),
      allocatable: () => ({}),
      apiServer: { host: "api.example", port: 6443 },
    });
    const watched = (count: number) => eventually(() => expect(proxy.watched).toHaveLength(count));
    const read = async () => {
      const variables = await context.environment({ pod: reads, container: "main" }, { signal });
      return variables.find(({ name }) => name === "COLOUR")?.value;
    };
    expect(await read()).toBe("blue");
    await watched(1);
    passMinutes(4);
    expect(await read()).toBe("blue");
    passMinutes(4);
    await watched(1);
    passMinutes(1);
    await watched(0);
    await write("red");
    expect(await read()).toBe("red");
    await watched(1);
    passMinutes(5);
    await watched(0);

    await write("green");
    await context.referencesChanged(reads, { signal });
    await watched(1);
    const waiting = context.referencesChanged(reads, { signal });
    passMinutes(60);
    await write("white");
    await waiting;
    passMinutes(5);
    await watched(0);

    const ending = new AbortController();
    const volume = new FollowedVolume(context.volume(follows, { volume: "v", signal: ending.signal }));
    await untilHad(volume, [{ COLOUR: "white" }]);
    passMinutes(60);
    await watched(1);
    await write("black");
    await untilHad(volume, [{ COLOUR: "white" }, { COLOUR: "black" }]);
    ending.abort();
    await volume.ended;
    passMinutes(5);
    await watched(0);
  } finally {
    vi.useRealTimers();
  }
});

test("a provider's failure to create a pod for want of something is not tried at once for ever", async () => {
  let tries = 0;
  const provider = (mock: Provider): Provider => ({
    ...mock,
    createPod: async () => {
      tries++;
      throw new ProviderError("ConfigMissing", "nothing is ever enough");
    },
  });
  await using it = await nodeBehindProxy(provider);
  await it.configMap("settings", { COLOUR: "blue" });
  await it.pod("web", fromConfigMap("settings"), "Pending");
  await eventually(() => expect(it.watched()).toHaveLength(1));
  await it.change("settings", { COLOUR: "red" });
  await eventually(() => expect(tries).toBe(2));
});
