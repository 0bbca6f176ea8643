import { inspect } from "node:util";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { type Container, KubernetesClient, type VolumeProjection, resources } from "@virtual-kubelet/kubernetes";
import type { ProviderContext } from "@virtual-kubelet/provider";
import { MockBackend } from "@virtual-kubelet/provider-mock";
import { expect, test } from "vitest";
import { type ApiProxy, startApiProxy } from "./api-proxy.ts";
import { eventually, mockOf, podManifest, startNode, untilPhase } from "./cluster-with-node.ts";

const canary = "canary-of-a-secret";
const base64 = Buffer.from(canary).toString("base64");
const tokenPath = "/serviceaccounts/default/token";

interface Failure {
  readonly what: string;
  readonly projections?: readonly VolumeProjection[];
  readonly env?: Container["env"];
  readonly break?: (proxy: ApiProxy) => void;
  /** What goes wrong once all is there. */
  readonly later?: (client: KubernetesClient, proxy: ApiProxy) => Promise<unknown>;
}

const keys = { namespace: "default", name: "keys" };
const answering = (part: string, answer: object | string) => (proxy: ApiProxy) => {
  const { answer: others } = proxy;
  proxy.answer = (request) => (request.path.includes(part) ? answer : others(request));
};

const failures: readonly Failure[] = [
  { what: "nothing" },
  { what: "a missing ConfigMap", projections: [{ configMap: { name: "none" } }] },
  { what: "a missing key", projections: [{ secret: { name: "keys", items: [{ key: "none", path: "none" }] } }] },
  { what: "a missing variable", env: [{ name: "X", valueFrom: { secretKeyRef: { name: "keys", key: "none" } } }] },
  {
    what: "a path out of the volume",
    projections: [{ secret: { name: "keys", items: [{ key: "key", path: "../a" }] } }],
  },
  { what: "a path in a file", projections: [{ secret: { name: "keys", items: [{ key: "key", path: "key/a" }] } }] },
  { what: "a source that is not supported", projections: [{ clusterTrustBundle: { name: "b", path: "b" } }] },
  { what: "half a secret", break: answering("/secrets", `{"data":{"key":"${base64}`) },
  { what: "a secret that no parser takes", break: answering("/secrets", `{"data":{"key":${base64}}}`) },
  { what: "a secret without an identity", break: answering("/secrets", { metadata: {}, data: { key: base64 } }) },
  { what: "half a token", break: answering(tokenPath, `{"status":{"token":"${canary}`) },
  { what: "a token without a life", break: answering(tokenPath, { status: { token: canary } }) },
  {
    what: "a token that is refused",
    break: (proxy) => (proxy.refuse = ({ path }) => (path.endsWith(tokenPath) ? 403 : undefined)),
  },
  {
    what: "an API server that fails",
    break: (proxy) => (proxy.refuse = ({ path }) => (/secrets|token/.test(path) ? 500 : undefined)),
  },
  {
    what: "a secret that goes",
    later: (client) => client.delete(resources.secrets, keys),
  },
  {
    what: "a secret that loses its key",
    later: (client) =>
      client.patch(resources.secrets, keys, { patch: { type: "merge", body: { data: { key: null } } } }),
  },
  {
    what: "a secret that is no text",
    later: (client) =>
      client.patch(resources.secrets, keys, { patch: { type: "merge", body: { data: { key: "/w==" } } } }),
  },
];

test.each(failures)("no secret is in an error, an event or a log line: $what", async (failure) => {
  await using cluster = await startDevCluster();
  await using client = new KubernetesClient({ connection: cluster.connection() });
  await using proxy = await startApiProxy(cluster);
  const made = Promise.withResolvers<ProviderContext>();
  const provider = (given: ProviderContext) => (made.resolve(given), mockOf(new MockBackend()));
  const { log, ...node } = await startNode(cluster, { provider, connection: proxy.connection, kubeletApi: false });
  await using _node = node;
  const context = await made.promise;
  await client.create(resources.secrets, { metadata: keys, data: { key: base64 } });
  const expirationTimestamp = new Date(Date.now() + 600_000).toISOString();
  answering(tokenPath, { spec: { expirationSeconds: 600 }, status: { token: canary, expirationTimestamp } })(proxy);
  failure.break?.(proxy);
  const sources = [
    { secret: { name: "keys", items: [{ key: "key", path: "key" }] } },
    { serviceAccountToken: { path: "token" } },
    ...(failure.projections ?? []),
  ];
  const env = [{ name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "key" } } }, ...(failure.env ?? [])];
  await client.create(
    resources.pods,
    podManifest("web", {
      containers: [{ name: "main", image: "app:1", env }],
      volumes: [{ name: "all", projected: { sources } }],
    }),
  );
  const { metadata: pod } = await untilPhase(client, "web", "Running");

  const heard: unknown[] = [];
  const { signal } = new AbortController();
  const ending = new AbortController();
  let hasContents = false;
  const follow = async () => {
    for await (const _ of context.volume(pod, { volume: "all", signal: ending.signal })) hasContents = true;
  };
  const following = follow().catch((error: unknown) => heard.push(error));
  for (const ask of [
    () => context.environment({ pod, container: "main" }, { signal }),
    () => context.token(pod, { signal }),
    () => context.read("Secret", keys, { signal }),
  ])
    await ask().catch((error: unknown) => heard.push(error));
  if (failure.later) {
    await eventually(() => expect(hasContents).toBe(true));
    await failure.later(client, proxy);
    await context.referencesChanged(pod, { signal });
    await context.environment({ pod, container: "main" }, { signal }).catch((error: unknown) => heard.push(error));
  }
  const events = async () => (await client.list(resources.events)).items;
  if (heard.length > 0 && failure.what !== "a missing variable")
    await eventually(async () => expect((await events()).length + log.lines.length).toBeGreaterThan(0));
  ending.abort();
  await following;
  heard.push(log.lines, await events());
  const text = inspect(heard, { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null });
  expect(text).not.toContain(canary);
  expect(text).not.toContain(base64);
  expect(text).not.toContain(Buffer.from(canary).toString("hex"));
});
