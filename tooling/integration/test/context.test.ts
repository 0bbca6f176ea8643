import { Belongings } from "../src/belongings.ts";
import { resources } from "@virtual-kubelet/kubernetes";
import type { ProviderContext } from "@virtual-kubelet/provider";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { KubernetesClient } from "@virtual-kubelet/kubernetes";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import type { VirtualNodeOptions } from "virtual-kubelet";
import { describe, expect, test } from "vitest";
import { startApiProxy } from "./api-proxy.ts";
import { eventsOf, eventually, mockOf, podManifest, startNode, untilPhase } from "./cluster-with-node.ts";

async function clusterWithContext(options: Pick<VirtualNodeOptions, "clusterDns"> = {}) {
  await using stack = new Belongings();
  const cluster = stack.use(await startDevCluster());
  const client = stack.use(new KubernetesClient({ connection: cluster.connection() }));
  const made = Promise.withResolvers<ProviderContext>();
  const backend = new MockBackend();
  stack.use(await startNode(cluster, { ...options, provider: (context) => (made.resolve(context), mockOf(backend)) }));
  const owned = stack.move();
  return {
    cluster,
    client,
    backend,
    context: await made.promise,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

const signal = AbortSignal.timeout(30_000);

describe("what a node lends its provider", () => {
  test("is an environment from the newest ConfigMaps and Secrets", async () => {
    await using it = await clusterWithContext();
    await it.client.create(resources.configMaps, {
      metadata: { namespace: "default", name: "settings" },
      data: { COLOR: "blue" },
    });
    await it.client.create(resources.secrets, {
      metadata: { namespace: "default", name: "keys" },
      data: { TOKEN: btoa("s3cret") },
    });
    const containers = [
      {
        name: "main",
        image: "app:1",
        envFrom: [{ configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }],
        env: [{ name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }],
      },
    ];
    await it.client.create(resources.pods, podManifest("web", { containers }));
    const { metadata: pod } = await untilPhase(it.client, "web", "Running");
    const resolve = () => it.context.environment({ pod, container: "main" }, { signal });
    const variables = await resolve();
    expect(variables.slice(0, 3)).toEqual([
      { name: "COLOR", value: "blue", sensitive: false },
      { name: "TOKEN", value: "s3cret", sensitive: true },
      { name: "CPU", value: "64", sensitive: false },
    ]);
    // As the cluster's Services say.
    expect(variables.slice(3, 5)).toEqual([
      { name: "KUBERNETES_SERVICE_HOST", value: "10.96.0.1", sensitive: false },
      { name: "KUBERNETES_SERVICE_PORT", value: "443", sensitive: false },
    ]);
    await it.client.patch(
      resources.configMaps,
      { namespace: "default", name: "settings" },
      { patch: { type: "merge", body: { data: { COLOR: "red" } } } },
    );
    await eventually(async () =>
      expect((await resolve())[0]).toEqual({ name: "COLOR", value: "red", sensitive: false }),
    );
  });

  test("is nothing for a pod that is gone, or a container that it does not have", async () => {
    await using it = await clusterWithContext();
    const gone = { namespace: "default", name: "gone", uid: "u" };
    await expect(it.context.environment({ pod: gone, container: "main" }, { signal })).rejects.toMatchObject({
      code: "NotFound",
    });
    await it.client.create(resources.pods, podManifest("web"));
    const { metadata: pod } = await untilPhase(it.client, "web", "Running");
    await expect(it.context.environment({ pod, container: "other" }, { signal })).rejects.toMatchObject({
      code: "NotFound",
      message: 'Pod default/web has no container "other"',
    });
  });

  test("is read again when the authorizer of nodes hears of the pod a moment later, and is nothing once that is gone", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    await using proxy = await startApiProxy(cluster);
    const made = Promise.withResolvers<ProviderContext>();
    const backend = new MockBackend();
    const provider = (context: ProviderContext) => (made.resolve(context), mockOf(backend));
    await using _node = await startNode(cluster, { provider, connection: proxy.connection, kubeletApi: false });
    const context = await made.promise;
    for (const name of ["keys", "more"]) {
      const data = { TOKEN: btoa("s3cret") };
      await client.create(resources.secrets, { metadata: { namespace: "default", name }, data });
    }
    const containers = ["keys", "more"].map((name) => {
      return { name, image: "app:1", envFrom: [{ secretRef: { name } }] };
    });
    await client.create(resources.pods, podManifest("web", { containers }));
    const { metadata: pod } = await untilPhase(client, "web", "Running");

    let refusals = 3;
    proxy.refuse = ({ path }) => (path.includes("/secrets/") && refusals-- > 0 ? 403 : undefined);
    const resolve = (container: string) => context.environment({ pod, container }, { signal });
    expect((await resolve("keys"))[0]).toEqual({ name: "TOKEN", value: "s3cret", sensitive: true });

    refusals = Infinity;
    const refused = resolve("more");
    await client.delete(resources.pods, pod, { gracePeriodSeconds: 0 });
    await expect(refused).rejects.toMatchObject({ code: "NotFound" });
  });

  test("tells pods of another address of the API server, and of the Services of their namespace", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    const made = Promise.withResolvers<ProviderContext>();
    const provider = (context: ProviderContext) => (made.resolve(context), mockOf(new MockBackend()));
    const apiServerForPods = { host: "api.example", port: 6443 };
    await using _node = await startNode(cluster, { provider, apiServerForPods, kubeletApi: false });
    const context = await made.promise;
    const ports = [{ port: 80 }];
    await client.create(resources.services, {
      metadata: { namespace: "default", name: "shop" },
      spec: { clusterIP: "10.96.7.7", ports },
    });
    const shown = async (name: string) => {
      const { metadata: pod } = await untilPhase(client, name, "Running");
      const variables = await context.environment({ pod, container: "main" }, { signal });
      return variables.map(({ name: key, value }) => `${key}=${value}`);
    };
    await client.create(resources.pods, podManifest("linked"));
    expect(await shown("linked")).toEqual(
      expect.arrayContaining([
        "KUBERNETES_SERVICE_HOST=api.example",
        "KUBERNETES_SERVICE_PORT_HTTPS=6443",
        "KUBERNETES_PORT=tcp://api.example:6443",
        "SHOP_SERVICE_HOST=10.96.7.7",
      ]),
    );
    await client.create(resources.pods, podManifest("alone", { enableServiceLinks: false }));
    const alone = await shown("alone");
    expect(alone).toContain("KUBERNETES_SERVICE_HOST=api.example");
    expect(alone.filter((variable) => !variable.startsWith("KUBERNETES_"))).toEqual([]);
  });

  test("is a credential of the pod's pull secrets, or else of its service account's if the node may read that", async () => {
    await using cluster = await startDevCluster();
    await using client = new KubernetesClient({ connection: cluster.connection() });
    await using proxy = await startApiProxy(cluster);
    const made = Promise.withResolvers<ProviderContext>();
    const provider = (context: ProviderContext) => (made.resolve(context), mockOf(new MockBackend()));
    await using _node = await startNode(cluster, { provider, connection: proxy.connection, kubeletApi: false });
    const context = await made.promise;
    for (const username of ["pod", "account"]) {
      const auths = { "registry.example": { username, password: "s3cret" } };
      await client.create(resources.secrets, {
        metadata: { namespace: "default", name: `of-${username}` },
        type: "kubernetes.io/dockerconfigjson",
        data: { ".dockerconfigjson": btoa(JSON.stringify({ auths })) },
      });
    }
    await client.create(
      resources.pods,
      podManifest("named", { imagePullSecrets: [{ name: "of-pod" }, { name: "none" }] }),
    );
    await client.create(resources.pods, podManifest("plain"));
    const body = { imagePullSecrets: [{ name: "of-account" }] };
    const account = { namespace: "default", name: "default" };
    await client.patch(resources.serviceAccounts, account, { patch: { type: "merge", body } });
    const [named, plain] = [await untilPhase(client, "named", "Running"), await untilPhase(client, "plain", "Running")];
    const userOf = async ({ metadata }: typeof named, image: string) =>
      (await context.pullCredentials(metadata, { image, signal }))?.username;

    expect(await userOf(named, "registry.example/app")).toBe("pod");
    expect(await userOf(plain, "registry.example/app")).toBe("account");
    proxy.refuse = ({ path }) => (path.endsWith("/serviceaccounts/default") ? 403 : undefined);
    expect(await userOf(plain, "registry.example/app")).toBeUndefined();
    expect(await userOf(named, "other.example/app")).toBeUndefined();
    const message = "Unable to retrieve some image pull secrets (none); attempting to pull the image may not succeed.";
    await eventually(async () => {
      expect(await eventsOf(client, "named")).toContainEqual({ reason: "FailedToRetrieveImagePullSecret", message });
    });
  });

  test("is an identity of the cluster that a restart does not change", async () => {
    await using it = await clusterWithContext();
    const service = await it.client.get(resources.services, { namespace: "default", name: "kubernetes" });
    expect(it.context.clusterId).toBe(service.metadata.uid);

    // An API server makes the service anew when somebody deletes it.
    await it.client.delete(resources.services, service.metadata);
    await eventually(async () => {
      const { metadata } = await it.client.get(resources.services, { namespace: "default", name: "kubernetes" });
      expect(metadata.uid).not.toBe(service.metadata.uid);
    });
    const again = Promise.withResolvers<ProviderContext>();
    await using _restarted = await startNode(it.cluster, {
      provider: (context) => (again.resolve(context), mockOf(it.backend)),
    });
    expect((await again.promise).clusterId).toBe(service.metadata.uid);
  });

  test("is how the names of a pod are resolved, and says once what is not as the pod wants it", async () => {
    await using it = await clusterWithContext({ clusterDns: { addresses: ["10.96.0.10"], domain: "cluster.local" } });
    const nameservers = ["1.1.1.1", "2.2.2.2", "3.3.3.3"];
    await it.client.create(resources.pods, podManifest("web", { dnsConfig: { nameservers } }));
    const { metadata: pod } = await untilPhase(it.client, "web", "Running");
    const own = { nameservers: ["8.8.8.8"], searches: ["lan"], options: [] };
    for (let time = 0; time < 3; time++)
      expect(it.context.resolver(pod, own)).toEqual({
        nameservers: ["10.96.0.10", "1.1.1.1", "2.2.2.2"],
        searches: ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "lan"],
        options: ["ndots:5"],
      });
    await eventually(async () => {
      const fieldSelector = "involvedObject.name=web,reason=DNSConfigForming";
      const { items } = await it.client.list(resources.events, { fieldSelector });
      expect(items.map(({ count, message }) => ({ count, message }))).toEqual([
        { count: 1, message: expect.stringContaining("Nameserver limits were exceeded") },
      ]);
    });
  });

  test("is a place for events, which are shown in the order in which they happened", async () => {
    await using it = await clusterWithContext();
    await it.client.create(resources.pods, podManifest("web"));
    const { metadata: pod } = await untilPhase(it.client, "web", "Running");
    const reasons = Array.from({ length: 20 }, (_, index) => `Step${index}`);
    for (const reason of reasons) it.context.recordEvent(pod, { type: "Normal", reason, message: reason });
    await eventually(async () => {
      const { items } = await it.client.list(resources.events, { fieldSelector: "involvedObject.name=web" });
      const byName = items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      expect(byName.flatMap(({ reason = "" }) => (reason.startsWith("Step") ? [reason] : []))).toEqual(reasons);
    });
  });

  test("is a place for events, where the same one again is counted up", async () => {
    await using it = await clusterWithContext();
    await it.client.create(resources.pods, podManifest("web"));
    const { metadata: pod } = await untilPhase(it.client, "web", "Running");
    for (let index = 0; index < 3; index++)
      it.context.recordEvent(pod, {
        type: "Normal",
        reason: "Warmed",
        message: "Started container main",
        container: "main",
      });
    await eventually(async () => {
      const { items } = await it.client.list(resources.events, {
        fieldSelector: "involvedObject.name=web,reason=Warmed",
      });
      expect(items.map(({ count, involvedObject }) => ({ count, at: involvedObject.fieldPath }))).toEqual([
        { count: 3, at: "spec.containers{main}" },
      ]);
    });
    expect(await eventsOf(it.client, "web")).toContainEqual({ reason: "Warmed", message: "Started container main" });
  });
});
