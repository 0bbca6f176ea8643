import { join } from "node:path";
import { type Container, type Pod, type Resource, resources } from "@virtual-kubelet/kubernetes";
import type { Provider, ProviderContext } from "@virtual-kubelet/provider";
import { processes, stopSupervisor } from "@virtual-kubelet/provider-process";
import { VirtualNode } from "virtual-kubelet";
import { expect } from "vitest";
import { Bench, nodeName, podOf } from "../src/bench.ts";
import type { ApiProxy } from "../src/api/api-proxy.ts";
import type { ApiRequest } from "../src/api/api-request.ts";
import { type Called, answerTo, get } from "../src/kubelet-api/raw-client.ts";
import { scenario } from "../src/scenario.ts";
import { Heard } from "@virtual-kubelet/integration/heard";
import { until } from "../src/until.ts";

/** One for each way in which a secret comes to a node. */
const canary = {
  variable: "canary-of-an-environment-variable",
  pullSecret: "canary-of-a-pull-secret",
  token: "canary-of-a-service-account-token",
  kubeconfig: "canary-of-the-token-in-the-kubeconfig",
  caller: "canary-of-the-token-of-a-caller",
} as const;
const secrets = Object.values(canary);

const fromKey = (key: string) => ({ valueFrom: { secretKeyRef: { name: "keys", key } } });
const token = { name: "TOKEN", ...fromKey("TOKEN") };

/** Containers that have a secret, most of which cannot be started for some reason. */
const containers: Readonly<Record<string, Partial<Container>>> = {
  running: { command: ["sleep", "1000"], env: [token, { name: "URL", value: "https://u:$(TOKEN)@host" }] },
  "lacks-key": { command: ["sleep", "1000"], env: [token, { name: "OTHER", ...fromKey("none") }] },
  "lacks-secret": { command: ["sleep", "1000"], env: [token], envFrom: [{ secretRef: { name: "none" } }] },
  "lacks-program": { command: ["/none/such"], env: [token] },
  "is-program": { command: ["/none/$(TOKEN)"], env: [token] },
  "is-argument": { command: ["sleep", "$(BINARY)"], env: [{ name: "BINARY", ...fromKey("BINARY") }] },
  "is-no-text": { command: ["sleep", "1000"], env: [token, { name: "BINARY", ...fromKey("BINARY") }] },
  "is-oddly-named": { command: ["sleep", "1000"], envFrom: [{ secretRef: { name: "keys" } }] },
  fails: { command: ["sh", "-c", "exit 3"], env: [token] },
};

/** Asks its context for all that is secret, and passes on what goes wrong there. */
function curious(provider: Provider, context: ProviderContext): Provider {
  return {
    ...provider,
    async createPod(pod, call) {
      const attempts = [
        context.token(pod.metadata, { audience: "", signal: call.signal }),
        context.pullCredentials(pod.metadata, { image: "registry.example/app", signal: call.signal }),
        context.pullCredentials(pod.metadata, { image: "elsewhere.example/app", signal: call.signal }),
        context.environment({ pod: pod.metadata, container: "main" }, call),
        context.read("Secret", { namespace: "default", name: "keys" }, call),
      ];
      const refused = (await Promise.allSettled(attempts)).find(({ status }) => status === "rejected");
      if (pod.metadata.name === "is-refused") throw (refused as PromiseRejectedResult).reason;
      return provider.createPod(pod, call);
    },
  };
}

/** The API server's answers that the embedded cluster has not: tokens; and now and then it is not itself. */
function answers(): ApiProxy["judge"] {
  let count = 0;
  return ({ method, path }: ApiRequest) => {
    if (path.includes("/tokenreviews")) return { code: 503, body: { kind: "Status", message: "not now", code: 503 } };
    if (path.endsWith("/token")) {
      const status = { token: canary.token, expirationTimestamp: new Date(Date.now() + 3.6e6).toISOString() };
      return { code: 201, body: { kind: "TokenRequest", metadata: {}, status } };
    }
    if (method === "PATCH" && ++count % 5 === 0) return "cut";
    return undefined;
  };
}

async function startNode(it: Bench, proxy: ApiProxy, heard: Heard): Promise<Called> {
  const directory = join(it.folder, "state");
  const ending = new AbortController();
  const host = "127.0.0.1";
  const node = new VirtualNode({
    name: nodeName,
    connection: { ...proxy.connection, credentials: () => ({ token: canary.kubeconfig }) },
    taints: [],
    logger: heard.logger(),
    kubeletApi: {
      address: host,
      port: 0,
      hostAddress: host,
      clientCertificateAuthority: it.cluster.certificateAuthority,
    },
    provider: async (context) => curious(await processes({ directory, address: host })(context), context),
  });
  const running = node.run({ signal: ending.signal });
  it.use({
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
      await stopSupervisor({ directory });
    },
  });
  await Promise.race([node.ready, running]);
  const { status } = await it.client.get(resources.nodes, { name: nodeName });
  const { cert = "", key = "" } = await it.cluster.connection().credentials({
    refresh: false,
    signal: AbortSignal.timeout(1000),
  });
  return { host, port: status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0, cert, key };
}

async function createObjects({ client }: Bench): Promise<void> {
  const base64 = (value: string): string => Buffer.from(value).toString("base64");
  await client.create(resources.secrets, {
    metadata: { namespace: "default", name: "keys" },
    data: {
      TOKEN: base64(canary.variable),
      BINARY: base64(`${canary.variable}\0\u0007`),
      "odd=name": base64(canary.variable),
    },
  });
  const auths = {
    "registry.example": { auth: base64(`user:${canary.pullSecret}`) },
    [canary.pullSecret]: { auth: "?" },
  };
  const contents = { registry: JSON.stringify({ auths }), "broken-registry": `{"auths": ${canary.pullSecret}` };
  for (const [name, content] of Object.entries(contents)) {
    await client.create(resources.secrets, {
      metadata: { namespace: "default", name },
      type: "kubernetes.io/dockerconfigjson",
      data: { ".dockerconfigjson": base64(content) },
    });
  }
  const imagePullSecrets = [...Object.keys(contents), "none"].map((name) => ({ name }));
  for (const [name, container] of [...Object.entries(containers), ["is-refused", containers["lacks-key"]] as const]) {
    const { metadata = {}, spec } = podOf(name);
    const all = [{ ...spec?.containers[0], name: "main", image: "app", ...container }];
    await client.create(resources.pods, {
      metadata,
      spec: { ...spec, terminationGracePeriodSeconds: 0, imagePullSecrets, containers: all },
    });
  }
}

/** What everybody can ask a node, and what is refused to them. */
const paths = [
  "/pods",
  "/configz",
  "/metrics",
  "/metrics/resource",
  "/metrics/cadvisor",
  "/stats/summary",
  "/runningpods/",
  ...Object.keys(containers).flatMap((name) => [
    `/containerLogs/default/${name}/main`,
    `/exec/default/${name}/main?command=id&output=1`,
    `/portForward/default/${name}?port=1`,
  ]),
];

async function listen({ client }: Bench, called: Called, heard: Heard): Promise<void> {
  const { host, port } = called;
  const bearer = { Authorization: `Bearer ${canary.caller}` };
  const asks = paths.map(async (path) => {
    heard.add(`answer to ${path}`, await answerTo(called, get(path)));
    heard.add(`answer to nobody's ${path}`, await answerTo({ host, port }, get(path, bearer)));
  });
  await Promise.all(asks);
  const kinds: readonly Resource<object & { metadata: { name: string } }>[] = [
    resources.pods,
    resources.nodes,
    resources.events,
    resources.leases,
  ] as never;
  for (const kind of kinds) heard.add("the cluster's objects", (await client.list(kind, {})).items);
}

/** In words of the cluster: each pod has come as far as it gets. */
function isSettled({ metadata: { name }, status }: Pod): boolean {
  const [main] = status?.containerStatuses ?? [];
  if (name === "running") return status?.phase === "Running";
  if (name === "is-refused") return true;
  return main?.state?.waiting?.reason !== "ContainerCreating" && (main !== undefined || status?.reason !== undefined);
}

scenario(
  "hygiene secrets of every kind, through lives that fail",
  {
    expected: "None is in a log, event, metric, status, object, answer or file of the agent or of its supervisor.",
    guard: {
      file: "packages/controllers/src/context/environment/env-entry.ts",
      from: "in ${kind} ${pod.metadata.namespace}/${name}`",
      to: "in ${kind} ${pod.metadata.namespace}/${name}: ${object?.keys().map((each) => object.value(each))}`",
    },
    timeoutMs: 120_000,
  },
  async ({ saw }) => {
    await using it = await Bench.open();
    const proxy = await it.startProxy();
    proxy.judge = answers();
    const heard = new Heard();
    const called = await startNode(it, proxy, heard);
    await createObjects(it);
    await until(async () => (await it.pods()).every((pod) => isSettled(pod)), {
      what: "the pods to be settled",
      otherwise: async () =>
        JSON.stringify((await it.pods()).filter((pod) => !isSettled(pod)).map(({ status }) => status)),
    });
    await listen(it, called, heard);
    for (const { metadata } of await it.pods()) await it.deletePod(metadata.name, { gracePeriodSeconds: 0 });
    heard.addFolder("a file", join(it.folder, "state"));
    await until(async () => (await it.pods()).length === 0, { what: "the pods to be gone" });
    heard.addFolder("a file", join(it.folder, "state"));
    await listen(it, called, heard);
    expect(heard.has("couldn't find key none in Secret default/keys")).toBe(true);
    expect(heard.has("Image pull secret broken-registry is not used")).toBe(true);
    expect(heard.has("Image pull secret registry is not used: entry 2")).toBe(true);
    expect(heard.has("Unable to retrieve some image pull secrets (none)")).toBe(true);
    expect(proxy.requests.some(({ path }) => path.endsWith("/token"))).toBe(true);
    expect(heard.betrayals(secrets)).toEqual([]);
    saw(`${secrets.length} secrets, ${heard.count} things heard, 0 of them told one`);
  },
);
