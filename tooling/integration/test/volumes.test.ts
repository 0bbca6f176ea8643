import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient, type Pod, type Volume, resources } from "@virtual-kubelet/kubernetes";
import type { ProviderContext } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { describe, expect, test } from "vitest";
import { Belongings } from "../src/belongings.ts";
import { startApiProxy } from "./api-proxy.ts";
import { eventsOf, eventually, mockOf, podManifest, startNode, untilPhase } from "./cluster-with-node.ts";
import { FollowedVolume, untilHad } from "./followed-volume.ts";

const namespace = "default";

async function nodeWithContext() {
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const proxy = stack.use(await startApiProxy(cluster));
  const made = Promise.withResolvers<ProviderContext>();
  const provider = (context: ProviderContext) => (made.resolve(context), mockOf(new MockBackend()));
  stack.use(await startNode(cluster, { provider, connection: proxy.connection, kubeletApi: false }));
  const context = await made.promise;
  const ending = new AbortController();
  stack.defer(() => ending.abort());
  const owned = stack.move();
  return {
    client,
    proxy,
    context,
    pod: async (...volumes: readonly Omit<Volume, "name">[]): Promise<Pod> => {
      const named = volumes.map((volume, index) => ({ name: `v${index}`, ...volume }));
      await client.create(resources.pods, podManifest("web", { volumes: named }));
      return untilPhase(client, "web", "Running");
    },
    configMap: (name: string, data: Readonly<Record<string, string>>) =>
      client.create(resources.configMaps, { metadata: { namespace, name }, data }),
    change: (name: string, data: Readonly<Record<string, string | null>>) =>
      client.patch(resources.configMaps, { namespace, name }, { patch: { type: "merge", body: { data } } }),
    remove: (name: string) => client.delete(resources.configMaps, { namespace, name }),
    follow: ({ metadata }: Pod, volume: string) =>
      new FollowedVolume(context.volume(metadata, { volume, signal: ending.signal })),
    failedMounts: async () =>
      (await eventsOf(client, "web")).flatMap(({ reason, message }) => (reason === "FailedMount" ? [message] : [])),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

describe("a pod's volume", () => {
  test("has the contents of now, and then those after each change, as long as the pod is there", async () => {
    await using it = await nodeWithContext();
    await it.configMap("settings", { colour: "blue" });
    const pod = await it.pod({ configMap: { name: "settings" } });
    const volume = it.follow(pod, "v0");
    await untilHad(volume, [{ colour: "blue" }]);
    await it.client.patch(
      resources.configMaps,
      { namespace, name: "settings" },
      { patch: { type: "merge", body: { metadata: { labels: { seen: "yes" } } } } },
    );
    await it.change("settings", { size: "1" });
    await untilHad(volume, [{ colour: "blue" }, { colour: "blue", size: "1" }]);
    await it.change("settings", { colour: null });
    await untilHad(volume, [{ colour: "blue" }, { colour: "blue", size: "1" }, { size: "1" }]);
    await it.client.delete(resources.pods, pod.metadata, { gracePeriodSeconds: 0 });
    await volume.ended;
    await expect(it.follow(pod, "v0").ended).rejects.toMatchObject({ code: "NotFound" });
  });

  test("that lacks something says so once, and is made when it is there", async () => {
    await using it = await nodeWithContext();
    const pod = await it.pod({ configMap: { name: "settings" } });
    const message = 'MountVolume.SetUp failed for volume "v0" : configmap "settings" not found';
    for (let tries = 0; tries < 3; tries++)
      await expect(it.follow(pod, "v0").ended).rejects.toMatchObject({ code: "ConfigMissing", message });
    await eventually(async () => expect(await it.failedMounts()).toEqual([message]));
    const { signal } = new AbortController();
    const changed = it.context.referencesChanged(pod.metadata, { signal });
    await it.configMap("settings", { colour: "blue" });
    await changed;
    await untilHad(it.follow(pod, "v0"), [{ colour: "blue" }]);
  });

  test("stays as it is when what it is made of goes, which is said, and follows it when it is back", async () => {
    await using it = await nodeWithContext();
    await it.configMap("settings", { colour: "blue" });
    const pod = await it.pod({ configMap: { name: "settings" } });
    const volume = it.follow(pod, "v0");
    await untilHad(volume, [{ colour: "blue" }]);
    await it.remove("settings");
    const message = 'MountVolume.SetUp failed for volume "v0" : configmap "settings" not found';
    await eventually(async () => expect(await it.failedMounts()).toEqual([message]));
    await it.configMap("settings", { colour: "red" });
    await untilHad(volume, [{ colour: "blue" }, { colour: "red" }]);
  });

  test("has what is optional once that is there", async () => {
    await using it = await nodeWithContext();
    const pod = await it.pod({ configMap: { name: "settings", optional: true } });
    const volume = it.follow(pod, "v0");
    await untilHad(volume, [{}]);
    await it.configMap("settings", { colour: "blue" });
    await untilHad(volume, [{}, { colour: "blue" }]);
    await it.remove("settings");
    await untilHad(volume, [{}, { colour: "blue" }, {}]);
    expect(await it.failedMounts()).toEqual([]);
  });

  test("follows the pod's labels and annotations", async () => {
    await using it = await nodeWithContext();
    const items = [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }];
    const pod = await it.pod({ downwardAPI: { items } });
    const volume = it.follow(pod, "v0");
    await untilHad(volume, [{ labels: "" }]);
    const body = { metadata: { labels: { app: "web" } } };
    await it.client.patch(resources.pods, pod.metadata, { patch: { type: "merge", body } });
    await untilHad(volume, [{ labels: "" }, { labels: 'app="web"' }]);
    expect(await it.failedMounts()).toEqual([]);
  });

  test("takes many changes at once for one", async () => {
    await using it = await nodeWithContext();
    await it.configMap("settings", { count: "0" });
    const pod = await it.pod({ configMap: { name: "settings" } });
    const volume = it.follow(pod, "v0");
    await untilHad(volume, [{ count: "0" }]);
    for (let count = 1; count <= 20; count++) await it.change("settings", { count: String(count) });
    await eventually(() => expect(volume.values.at(-1)).toEqual({ count: "20" }));
    expect(volume.values.length).toBeLessThan(12);
  });

  test("goes on with what is known while the API server fails, and catches up when it is back", async () => {
    await using it = await nodeWithContext();
    await it.configMap("settings", { colour: "blue" });
    const items = [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }];
    const sources = [
      { configMap: { name: "settings" } },
      { configMap: { name: "none", optional: true } },
      { downwardAPI: { items } },
    ];
    const pod = await it.pod({ projected: { sources } });
    const volume = it.follow(pod, "v0");
    await untilHad(volume, [{ colour: "blue", labels: "" }]);
    it.proxy.refuse = ({ path }) => (path.includes("configmaps/none") ? 500 : undefined);
    const body = { metadata: { labels: { app: "web" } } };
    await it.client.patch(resources.pods, pod.metadata, { patch: { type: "merge", body } });
    const [before, after] = [
      { colour: "blue", labels: "" },
      { colour: "blue", labels: 'app="web"' },
    ];
    await untilHad(volume, [before, after]);
    it.proxy.refuse = () => undefined;
    await it.configMap("none", { size: "1" });
    await untilHad(volume, [before, after, { ...after, size: "1" }]);
    expect([volume.isEnded, await it.failedMounts()]).toEqual([false, []]);
  });

  test("has a token that is bound to the pod, and another one before that expires", async () => {
    await using it = await nodeWithContext();
    let issued = 0;
    it.proxy.answer = ({ path }) => {
      if (!path.endsWith("/serviceaccounts/default/token")) return undefined;
      const expirationTimestamp = new Date(Date.now() + 1_000).toISOString();
      return {
        kind: "TokenRequest",
        spec: { expirationSeconds: 1 },
        status: { token: `token ${++issued}`, expirationTimestamp },
      };
    };
    const pod = await it.pod({ projected: { sources: [{ serviceAccountToken: { path: "token" } }] } });
    const volume = it.follow(pod, "v0");
    await eventually(() => expect(volume.values.slice(0, 2)).toEqual([{ token: "token 1" }, { token: "token 2" }]));
  });

  test("of another kind is its provider's business, and one that the pod has not is none", async () => {
    await using it = await nodeWithContext();
    const pod = await it.pod({ emptyDir: {} });
    await expect(it.follow(pod, "v0").ended).rejects.toMatchObject({ code: "InvalidInput" });
    await expect(it.follow(pod, "other").ended).rejects.toMatchObject({
      code: "NotFound",
      message: 'Pod default/web has no volume "other"',
    });
  });
});
