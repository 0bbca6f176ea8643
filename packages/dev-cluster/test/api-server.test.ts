import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import {
  type Draft,
  type Event,
  KubernetesClient,
  type Pod,
  type Status,
  issueCertificate,
  resources,
} from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { type DevCluster, type DevClusterOptions, startDevCluster } from "../src/index.ts";

const { pods, configMaps, namespaces, services, deployments, nodes } = resources;
const spec = { containers: [{ name: "main", image: "x:1" }] };
const inDefault = (name: string) => ({ namespace: "default", name });
/** A pod that no scheduler and no grace gets in the way of. */
const gated = (name: string, labels: Record<string, string> = {}): Draft<Pod> => ({
  metadata: { ...inDefault(name), labels },
  spec: { ...spec, schedulingGates: [{ name: "example.com/wait" }] },
});

interface Running extends AsyncDisposable {
  readonly cluster: DevCluster;
  readonly client: KubernetesClient;
}

async function start(options?: DevClusterOptions): Promise<Running> {
  const cluster = await startDevCluster(options);
  const client = new KubernetesClient({ connection: cluster.connection() });
  return {
    cluster,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** A request without our client: the status, and the body as it came. */
async function raw(
  cluster: DevCluster,
  path: string,
  options: {
    readonly cert?: string;
    readonly key?: string;
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string | Buffer;
  } = {},
) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const { body, ...rest } = options;
    httpsRequest(cluster.url + path, { ca: cluster.certificateAuthority, agent: false, ...rest }, resolve)
      .on("error", reject)
      .end(body);
  });
  return {
    code: response.statusCode,
    type: response.headers["content-type"],
    warning: response.headers["warning"],
    body: await text(response),
  };
}

async function asAdmin(cluster: DevCluster, path: string, options: Parameters<typeof raw>[2] = {}) {
  const { cert = "", key = "" } = await cluster
    .connection()
    .credentials({ refresh: false, signal: AbortSignal.timeout(1000) });
  return raw(cluster, path, { cert, key, ...options });
}

/** Events of a watch until it ends or there are `count`. */
async function watched(it: Running, options: Parameters<KubernetesClient["watch"]>[1], count = Infinity) {
  const seen: string[] = [];
  const object = (event: { object: { metadata: { name?: string; annotations?: object } } }) =>
    event.object.metadata.name ?? JSON.stringify(event.object.metadata.annotations ?? {});
  for await (const event of it.client.watch(pods, { namespace: "default", ...options })) {
    seen.push(`${event.type} ${object(event)}`);
    if (seen.length === count) break;
  }
  return seen;
}

describe("who may ask", () => {
  test("is whoever has a certificate of the cluster's authority; health and version are for all", async () => {
    await using it = await start();
    const forged = issueCertificate({ commonName: "admin", organizations: ["system:masters"], usages: ["clientAuth"] });
    expect(await raw(it.cluster, "/api/v1/pods")).toMatchObject({
      code: 401,
      body: expect.stringContaining('"reason":"Unauthorized"'),
    });
    expect(await raw(it.cluster, "/api/v1/pods", { cert: forged.certificate, key: forged.key })).toMatchObject({
      code: 401,
    });
    for (const path of ["/healthz", "/livez", "/readyz"])
      expect(await raw(it.cluster, path)).toMatchObject({ code: 200, body: "ok" });
    expect(JSON.parse((await raw(it.cluster, "/version")).body)).toMatchObject({ major: "1", minor: "36" });
    expect(await asAdmin(it.cluster, "/api/v1/pods")).toMatchObject({ code: 200 });
  });
});

describe("a review", () => {
  test("says that whoever is known may do everything, and that no token is anybody's", async () => {
    await using it = await start();
    const may = async (asked: object) =>
      (await it.client.create(resources.subjectAccessReviews, { spec: asked })).status?.allowed;
    const resourceAttributes = { verb: "get", resource: "nodes", subresource: "proxy" };
    expect(await may({ user: "jane", resourceAttributes })).toBe(true);
    expect(await may({ groups: ["people"], resourceAttributes })).toBe(true);
    expect(await may({ user: "system:anonymous", resourceAttributes })).toBe(false);
    expect(await may({ resourceAttributes })).toBe(false);
    for (const user of [undefined, "somebody"])
      expect(await may({ user, groups: ["system:unauthenticated"], resourceAttributes })).toBe(false);
    const { status } = await it.client.create(resources.tokenReviews, { spec: { token: "x" } });
    expect(status).toEqual({ user: {}, error: "invalid bearer token" });
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    for (const body of ["nonsense", "[]", "{}"])
      expect(await asAdmin(it.cluster, path, { method: "POST", body })).toMatchObject({ code: 400 });
  });

  test("is not needed to learn whose certificates the cluster believes", async () => {
    await using it = await start();
    const name = { namespace: "kube-system", name: "extension-apiserver-authentication" };
    expect((await it.client.get(configMaps, name)).data).toEqual({ "client-ca-file": it.cluster.certificateAuthority });
  });
});

describe("a request that makes no sense", () => {
  const collection = "/api/v1/namespaces/default/pods";
  const post = (body: string | Buffer, type = "application/json") => ({
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  test.each<[string, number, string, Parameters<typeof raw>[2]]>([
    ["/apis/none/v1/things", 404, "could not find the requested resource", {}],
    [`${collection}/a/frob`, 404, "could not find", {}],
    ["/api/v1/pods", 405, "does not allow this method", post("{}")],
    [collection, 400, "object provided is unrecognized", post("{")],
    [
      collection,
      400,
      String.raw`Node in version \"v1\" cannot be handled as a Pod`,
      post('{"kind":"Node","apiVersion":"v1"}'),
    ],
    [collection, 400, "does not match the expected API version (v1)", post('{"kind":"Pod","apiVersion":"v2"}')],
    [
      collection,
      400,
      "namespace of the provided object does not match",
      post('{"metadata":{"name":"a","namespace":"b"}}'),
    ],
    [collection, 415, "unknown format", post("x", "text/plain")],
    [collection, 413, "Request entity too large", post(Buffer.alloc(3 * 1024 * 1024 + 1, " "))],
    ["/api/v1/pods?watch=1&resourceVersion=x", 400, "invalid syntax", {}],
    ["/api/v1/pods?watch=1&sendInitialEvents=true", 422, "sendInitialEvents requires setting resourceVersionMatch", {}],
    ["/api/v1/pods?continue=x", 400, "continue key is not valid", {}],
    [`${collection}/a/exec`, 400, "Upgrade request required", {}],
  ])("to %s is refused with %d: %s", async (path, code, message, options) => {
    await using it = await start();
    expect(await asAdmin(it.cluster, path, options)).toMatchObject({ code, body: expect.stringContaining(message) });
  });
});

describe("discovery", () => {
  test("is there in one piece, and in the old pieces", async () => {
    await using it = await start();
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const whole = await asAdmin(it.cluster, "/apis", { headers: { accept } });
    expect(whole.type).toContain("as=APIGroupDiscoveryList");
    expect(JSON.parse(whole.body).items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual([
      "apps",
      "batch",
      "coordination.k8s.io",
    ]);
    expect(JSON.parse((await asAdmin(it.cluster, "/apis")).body)).toMatchObject({ kind: "APIGroupList" });
    expect(JSON.parse((await asAdmin(it.cluster, "/apis/batch")).body)).toMatchObject({
      kind: "APIGroup",
      preferredVersion: { groupVersion: "batch/v1" },
    });
    const { resources: core } = JSON.parse((await asAdmin(it.cluster, "/api/v1")).body);
    expect(core).toContainEqual(expect.objectContaining({ name: "pods", shortNames: ["po"], namespaced: true }));
    expect(core).toContainEqual(expect.objectContaining({ name: "pods/eviction", group: "policy", version: "v1" }));
  });
});

describe("an update", () => {
  test("of an older version is a conflict, also in a patch", async () => {
    await using it = await start();
    const object = await it.client.create(configMaps, { metadata: inDefault("a") });
    await it.client.replace(configMaps, { ...object, data: { x: "1" } });
    await expect(it.client.replace(configMaps, { ...object, data: { x: "2" } })).rejects.toMatchObject({
      code: 409,
      reason: "Conflict",
      message: expect.stringContaining("the object has been modified"),
    });
    const body = { metadata: { resourceVersion: object.metadata.resourceVersion }, data: { x: "2" } };
    await expect(it.client.patch(configMaps, inDefault("a"), { patch: { type: "merge", body } })).rejects.toMatchObject(
      { reason: "Conflict" },
    );
  });

  test("of another object of the same name is refused: 409 for a PUT, 422 for a PATCH", async () => {
    await using it = await start();
    const object = await it.client.create(configMaps, { metadata: inDefault("a") });
    const { resourceVersion: _, ...metadata } = { ...object.metadata, uid: "other" };
    await expect(it.client.replace(configMaps, { ...object, metadata })).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining("UID in precondition: other"),
    });
    const patch = { type: "merge", body: { metadata: { uid: "other" } } } as const;
    await expect(it.client.patch(configMaps, inDefault("a"), { patch })).rejects.toMatchObject({
      code: 422,
      details: { causes: [{ field: "metadata.uid" }] },
    });
  });

  test("through the main endpoint leaves the status alone, through status everything else", async () => {
    await using it = await start();
    await it.client.create(pods, gated("a", { app: "a" }));
    const merge = (body: object) => ({ patch: { type: "merge", body } as const });
    const main = await it.client.patch(
      pods,
      inDefault("a"),
      merge({ metadata: { labels: { x: "y" } }, status: { phase: "Running" } }),
    );
    expect(main).toMatchObject({ metadata: { labels: { app: "a", x: "y" } }, status: { phase: "Pending" } });
    const body = { metadata: { annotations: { seen: "yes" } }, spec: { nodeName: "n" }, status: { phase: "Running" } };
    const status = await it.client.patch(pods, inDefault("a"), { ...merge(body), subresource: "status" });
    expect(status).toMatchObject({
      metadata: { annotations: { seen: "yes" }, generation: 1 },
      status: { phase: "Running", qosClass: "BestEffort" },
    });
    expect(status.spec.nodeName).toBeUndefined();
  });

  test("is warned about fields in any language, and no more than a header can hold", async () => {
    await using it = await start();
    await it.client.create(configMaps, { metadata: inDefault("c") });
    const put = (fields: object) =>
      asAdmin(it.cluster, "/api/v1/namespaces/default/configmaps/c", {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify(fields),
      });
    const { code, warning } = await put({ "цвет\u007f\n": 1 });
    expect([code, Buffer.from(String(warning), "latin1").toString()]).toEqual([
      200,
      String.raw`299 - "unknown field \"цвет\\n\""`,
    ]);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`colour-number-${index}`, 1]));
    const answer = await put(many);
    expect(answer).toMatchObject({ code: 200, warning: expect.stringContaining("colour-number-0") });
    expect(answer.warning).not.toContain("colour-number-999");
  });

  test("by an apply creates what is not there, but not through its status", async () => {
    await using it = await start();
    const apply = (path: string) =>
      asAdmin(it.cluster, `/api/v1/namespaces/default/pods/${path}?fieldManager=me`, {
        method: "PATCH",
        headers: { "content-type": "application/apply-patch+yaml" },
        body: JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec }),
      });
    expect(await apply("a/status")).toMatchObject({
      code: 404,
      body: expect.stringContaining('pods \\"a\\" not found'),
    });
    expect(await apply("a")).toMatchObject({ code: 201 });
    expect(await apply("b")).toMatchObject({
      code: 400,
      body: expect.stringContaining("the name of the object (a) does not match the name on the URL (b)"),
    });
  });

  test("takes gates of scheduling away, and adds none", async () => {
    await using it = await start();
    await it.client.create(nodes, {
      metadata: { name: "n" },
      spec: {},
      status: { allocatable: { pods: "1" }, conditions: [{ type: "Ready", status: "True" }] },
    });
    await it.client.create(pods, gated("a"));
    const patch = (schedulingGates: object[] | null) =>
      it.client.patch(pods, inDefault("a"), { patch: { type: "merge", body: { spec: { schedulingGates } } } });
    await expect(patch([{ name: "example.com/other" }])).rejects.toMatchObject({
      message: expect.stringContaining("found new scheduling gate 'example.com/other'"),
    });
    await patch(null);
    const bound = async () => (await it.client.get(pods, inDefault("a"))).spec.nodeName;
    await expect.poll(bound, { timeout: 4000 }).toBe("n");
  });

  test("by a kubelet changes no label of a pod", async () => {
    await using it = await start();
    await it.client.create(pods, gated("a"));
    await using kubelet = new KubernetesClient({
      connection: it.cluster.connection({ user: "system:node:n", groups: ["system:nodes"] }),
    });
    const patch = { type: "merge", body: { metadata: { labels: { x: "y" } } } } as const;
    await expect(kubelet.patch(pods, inDefault("a"), { subresource: "status", patch })).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining('node "n" cannot update labels'),
    });
  });

  test("with dryRun shows what would be, and does nothing", async () => {
    await using it = await start();
    expect(await it.client.create(pods, gated("a"), { dryRun: true })).toMatchObject({
      metadata: { name: "a" },
      status: { phase: "Pending" },
    });
    await expect(it.client.get(pods, inDefault("a"))).rejects.toMatchObject({ reason: "NotFound" });
    await it.client.create(pods, gated("a"));
    await it.client.delete(pods, inDefault("a"), { dryRun: true });
    expect(await it.client.get(pods, inDefault("a"))).toMatchObject({ metadata: { name: "a" } });
  });

  test("with dryRun in the body of a delete or an eviction does nothing either, as kubectl says it there", async () => {
    await using it = await start();
    await it.client.create(pods, gated("a"));
    const path = "/api/v1/namespaces/default/pods";
    const send = (method: string, at: string, content: object) => {
      const body = JSON.stringify(content);
      const headers = { "content-type": "application/json", "content-length": String(body.length) };
      return asAdmin(it.cluster, path + at, { method, headers, body });
    };
    const dryRun = ["All"];
    expect(await send("DELETE", "/a", { dryRun })).toMatchObject({ code: 200 });
    expect(await send("DELETE", "", { dryRun })).toMatchObject({ code: 200 });
    expect(await send("POST", "/a/eviction", { metadata: { name: "a" }, deleteOptions: { dryRun } })).toMatchObject({
      code: 201,
    });
    const refused = { code: 422, body: expect.stringContaining(String.raw`dryRun: Unsupported value: [\"true\"]`) };
    expect(await send("DELETE", "/a", { dryRun: ["true"] })).toMatchObject(refused);
    expect(await send("DELETE", "/a?dryRun=true", {})).toMatchObject(refused);
    expect(await it.client.get(pods, inDefault("a"))).toMatchObject({ metadata: { name: "a" } });
  });

  test("with a field that is not known is warned about, refused or swallowed as one likes", async () => {
    await using it = await start();
    const put = (validation: string) =>
      asAdmin(it.cluster, `/api/v1/namespaces/default/configmaps/c?fieldValidation=${validation}`, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: '{"colour":1}',
      });
    await it.client.create(configMaps, { metadata: inDefault("c") });
    expect(await put("Warn")).toMatchObject({ code: 200, warning: '299 - "unknown field \\"colour\\""' });
    expect(await put("Strict")).toMatchObject({ code: 400, body: expect.stringContaining("strict decoding error") });
    expect(await put("Ignore")).toMatchObject({ code: 200, warning: undefined });
  });
});

describe("a new object", () => {
  test("needs a namespace that lives", async () => {
    await using it = await start();
    const draft = (namespace: string) => ({ metadata: { namespace, name: "a" } });
    await expect(it.client.create(configMaps, draft("nowhere"))).rejects.toMatchObject({
      code: 404,
      message: expect.stringContaining('namespaces "nowhere" not found'),
    });
    await it.client.create(namespaces, { metadata: { name: "ending" } });
    await it.client.create(configMaps, { metadata: { ...draft("ending").metadata, finalizers: ["example.com/hold"] } });
    await it.client.delete(namespaces, { name: "ending" });
    await expect(it.client.create(configMaps, { metadata: { namespace: "ending", name: "b" } })).rejects.toMatchObject({
      code: 403,
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
  });

  test("that is a service gets an address of its own", async () => {
    await using it = await start();
    const service = (name: string, clusterIP?: string) =>
      it.client.create(services, {
        metadata: inDefault(name),
        spec: { ports: [{ port: 80 }], ...(clusterIP ? { clusterIP } : {}) },
      });
    const addresses = [await service("a"), await service("b"), await service("c", "None")].map(
      (one) => one.spec.clusterIP,
    );
    expect(new Set(["10.96.0.1", ...addresses]).size).toBe(4);
    expect(addresses[2]).toBe("None");
  });

  test("that is a service keeps its address when it is replaced by what does not name it", async () => {
    await using it = await start();
    const draft = { metadata: inDefault("a"), spec: { ports: [{ port: 80 }] } };
    const { clusterIP = "", clusterIPs = [] } = (await it.client.create(services, draft)).spec;
    const put = async (at: string, content: object) => {
      const body = JSON.stringify(content);
      const answer = await asAdmin(it.cluster, `/api/v1/namespaces/default/services/${at}`, { method: "PUT", body });
      return JSON.parse(answer.body) as object;
    };
    expect(await put("a", draft)).toMatchObject({ spec: { clusterIP, clusterIPs } });
    const elsewhere = { metadata: inDefault("a"), spec: { type: "ExternalName", externalName: "example.com" } };
    expect(await put("a", elsewhere)).not.toHaveProperty("spec.clusterIP");
  });

  test("that is a node may come with its status, a pod may not", async () => {
    await using it = await start();
    const addresses = [{ type: "InternalIP", address: "10.0.0.1" }];
    expect(await it.client.create(nodes, { metadata: { name: "n" }, spec: {}, status: { addresses } })).toMatchObject({
      status: { addresses },
    });
    expect(await it.client.create(pods, { ...gated("a"), status: { phase: "Running" } })).toMatchObject({
      status: { phase: "Pending" },
    });
  });
});

describe("a list", () => {
  test("comes in pages of its own version, in order", async () => {
    await using it = await start();
    for (const name of ["c", "a", "b"])
      await it.client.create(configMaps, { metadata: { ...inDefault(name), labels: { of: "test" } } });
    const page = (options: object) =>
      it.client.list(configMaps, { namespace: "default", labelSelector: "of=test", limit: 2, ...options });
    const first = await page({});
    expect(first.items.map((one) => one.metadata.name)).toEqual(["a", "b"]);
    // Of what is selected, nobody counts the rest.
    expect(first.metadata.remainingItemCount).toBeUndefined();
    const all = await it.client.list(configMaps, { namespace: "default", limit: 2 });
    expect(all.metadata.remainingItemCount).toBe(2);
    const second = await page({ continue: first.metadata.continue });
    expect(second.items.map((one) => one.metadata.name)).toEqual(["c"]);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    await it.client.create(configMaps, { metadata: inDefault("d") });
    it.cluster.compact();
    await expect(page({ continue: first.metadata.continue })).rejects.toMatchObject({ code: 410, reason: "Expired" });
  });

  test("deletes what it selects", async () => {
    await using it = await start();
    for (const name of ["a", "b"]) await it.client.create(pods, gated(name, { app: name }));
    await it.client.request({
      method: "DELETE",
      path: "/api/v1/namespaces/default/pods",
      query: { labelSelector: "app=a" },
    });
    expect((await it.client.list(pods)).items.map((one) => one.metadata.name)).toEqual(["b"]);
  });
});

describe("a watch", () => {
  test("has what leaves its selector deleted, and what enters it added", async () => {
    await using it = await start();
    const { metadata } = await it.client.list(pods);
    const events = watched(it, { resourceVersion: metadata.resourceVersion, labelSelector: "app=a" }, 3);
    await it.client.create(pods, gated("one", { app: "b" }));
    const label = (app: string) =>
      it.client.patch(pods, inDefault("one"), { patch: { type: "merge", body: { metadata: { labels: { app } } } } });
    await label("a");
    await it.client.patch(pods, inDefault("one"), {
      patch: { type: "merge", body: { metadata: { annotations: { x: "y" } } } },
    });
    await label("b");
    expect(await events).toEqual(["ADDED one", "MODIFIED one", "DELETED one"]);
  });

  test("without a version begins with what is there, and ends after its timeout", async () => {
    await using it = await start();
    await it.client.create(pods, gated("one"));
    expect(await watched(it, { timeoutSeconds: 1 })).toContain("ADDED one");
    expect((await watched(it, { timeoutSeconds: 1, resourceVersion: "0" }))[0]).toBe("ADDED one");
  });

  test("may last for a month, or for no time at all", async () => {
    await using it = await start();
    await it.client.create(pods, gated("a"));
    for (const timeoutSeconds of [30 * 24 * 60 * 60, 1e9]) {
      const seen: string[] = [];
      const body = { metadata: { labels: { seconds: String(timeoutSeconds) } } };
      for await (const { type } of it.client.watch(pods, { namespace: "default", timeoutSeconds })) {
        seen.push(type);
        if (type === "MODIFIED") break;
        await it.client.patch(pods, inDefault("a"), { patch: { type: "merge", body } });
      }
      expect(seen).toEqual(["ADDED", "MODIFIED"]);
    }
    expect(await asAdmin(it.cluster, "/api/v1/pods?watch=1&timeoutSeconds=-1")).toMatchObject({ code: 200 });
  });

  test("marks the end of the initial events", async () => {
    await using it = await start();
    await it.client.create(pods, gated("one"));
    const events = await watched(
      it,
      { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true, resourceVersion: "" },
      2,
    );
    expect(events).toEqual(["ADDED one", 'BOOKMARK {"k8s.io/initial-events-end":"true"}']);
  });

  test("from a version that is compacted, or of another life, is told 410", async () => {
    await using it = await start();
    const { metadata } = await it.client.create(pods, gated("one"));
    await it.client.create(configMaps, { metadata: inDefault("later") });
    it.cluster.compact();
    await expect(watched(it, { resourceVersion: metadata.resourceVersion })).rejects.toMatchObject({
      code: 410,
      reason: "Expired",
    });
    await expect(watched(it, { resourceVersion: "1" })).rejects.toMatchObject({ code: 410 });
  });

  test("may be of tables, or of metadata only", async () => {
    await using it = await start();
    await it.client.create(pods, gated("one"));
    const first = async (as: string) => {
      const { body } = await asAdmin(it.cluster, "/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=1", {
        headers: { accept: `application/json;as=${as};g=meta.k8s.io;v=v1,application/json` },
      });
      return JSON.parse(body.split("\n")[0] ?? "") as object;
    };
    expect(await first("Table")).toMatchObject({
      type: "ADDED",
      object: {
        kind: "Table",
        rows: [
          { cells: ["one", "0/1", "SchedulingGated", "0", expect.any(String), "<none>", "<none>", "<none>", "<none>"] },
        ],
      },
    });
    const partial = await first("PartialObjectMetadata");
    expect(partial).toMatchObject({ object: { kind: "PartialObjectMetadata", metadata: { name: "one" } } });
    expect(partial).not.toHaveProperty("object.spec");
  });
});

describe("a subresource", () => {
  test("binds a pod once", async () => {
    await using it = await start();
    await it.client.create(pods, { ...gated("one"), spec: { ...spec, schedulerName: "ours" } });
    const bind = (name: string) =>
      it.client.createSubresource<Status>(
        pods,
        { ...inDefault("one"), subresource: "binding" },
        { body: { target: { kind: "Node", name } } },
      );
    expect(await bind("n")).toMatchObject({ status: "Success" });
    expect(await it.client.get(pods, inDefault("one"))).toMatchObject({
      spec: { nodeName: "n" },
      status: { conditions: [{ type: "PodScheduled", status: "True" }] },
    });
    await expect(bind("m")).rejects.toMatchObject({
      code: 409,
      message: expect.stringContaining('already assigned to node "n"'),
    });
  });

  test("evicts a pod with the grace that is asked for", async () => {
    await using it = await start();
    await it.client.create(nodes, { metadata: { name: "n" }, spec: {} });
    await it.client.create(pods, { metadata: inDefault("one"), spec: { ...spec, nodeName: "n" } });
    await it.client.createSubresource(
      pods,
      { ...inDefault("one"), subresource: "eviction" },
      { body: { metadata: { name: "one" }, deleteOptions: { gracePeriodSeconds: 7 } } },
    );
    expect(await it.client.get(pods, inDefault("one"))).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 7 },
      status: { conditions: [{ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" }] },
    });
  });

  test("scales a deployment", async () => {
    await using it = await start();
    const template = { metadata: { labels: { app: "web" } }, spec };
    await it.client.create(deployments, {
      metadata: inDefault("web"),
      spec: { replicas: 0, selector: { matchLabels: { app: "web" } }, template },
    });
    const path = "/apis/apps/v1/namespaces/default/deployments/web/scale";
    expect(await it.client.request({ method: "GET", path })).toMatchObject({
      kind: "Scale",
      spec: {},
      status: { selector: "app=web" },
    });
    await it.client.request({
      method: "PATCH",
      path,
      body: { spec: { replicas: 2 } },
      contentType: "application/merge-patch+json",
    });
    expect(await it.client.get(deployments, inDefault("web"))).toMatchObject({ spec: { replicas: 2 } });
    await expect(it.client.request({ method: "PUT", path, body: { spec: { replicas: -1 } } })).rejects.toMatchObject({
      code: 422,
    });
  });

  test("says that a pod without a node has an empty log", async () => {
    await using it = await start();
    await it.client.create(pods, gated("one"));
    expect(await asAdmin(it.cluster, "/api/v1/namespaces/default/pods/one/log")).toMatchObject({ code: 200, body: "" });
    expect(await asAdmin(it.cluster, "/api/v1/namespaces/default/pods/one/log?tailLines=-1")).toMatchObject({
      code: 422,
      body: expect.stringContaining("tailLines"),
    });
  });
});

test("a deletion states on which object it insists", async () => {
  await using it = await start();
  const { metadata } = await it.client.create(configMaps, { metadata: inDefault("a") });
  await expect(it.client.delete(configMaps, inDefault("a"), { uid: "other" })).rejects.toMatchObject({
    reason: "Conflict",
  });
  await expect(it.client.delete(configMaps, inDefault("a"), { resourceVersion: "1" })).rejects.toMatchObject({
    reason: "Conflict",
  });
  expect(await it.client.delete(configMaps, inDefault("a"), { uid: metadata.uid })).toMatchObject({
    kind: "Status",
    status: "Success",
    details: { uid: metadata.uid },
  });
});

test("a deletion of a Job leaves its pods alone, unless they are to go too", async () => {
  await using it = await start();
  const template = { spec: { ...spec, restartPolicy: "Never" } };
  const podsOf = async (name: string) =>
    (await it.client.list(pods, { namespace: "default", labelSelector: `job-name=${name}` })).items;
  for (const name of ["a", "b"]) {
    await it.client.create(resources.jobs, { metadata: inDefault(name), spec: { template } });
    await expect.poll(() => podsOf(name), { timeout: 4000 }).toHaveLength(1);
  }
  await it.client.delete(resources.jobs, inDefault("a"));
  await it.client.delete(resources.jobs, inDefault("b"), { propagationPolicy: "Background" });
  await expect.poll(() => podsOf("b"), { timeout: 4000 }).toEqual([]);
  expect((await podsOf("a")).map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined]);
});

test("a deletion whose propagation policy does not exist is refused", async () => {
  await using it = await start();
  await it.client.create(configMaps, { metadata: inDefault("a") });
  const path = "/api/v1/namespaces/default/configmaps/a";
  for (const policy of ["foreground", "constructor"]) {
    expect(await asAdmin(it.cluster, `${path}?propagationPolicy=${policy}`, { method: "DELETE" })).toMatchObject({
      code: 422,
      body: expect.stringContaining("propagationPolicy: Unsupported value"),
    });
  }
  expect(await asAdmin(it.cluster, `${path}?propagationPolicy=Background`, { method: "DELETE" })).toMatchObject({
    code: 200,
  });
});

test("the namespaces that a cluster cannot do without cannot be deleted", async () => {
  await using it = await start();
  for (const name of ["default", "kube-system", "kube-public"]) {
    await expect(it.client.delete(namespaces, { name })).rejects.toMatchObject({
      code: 403,
      message: expect.stringContaining(`namespaces "${name}" is forbidden: this namespace may not be deleted`),
    });
  }
});

test("a namespace that is being deleted stays until it is empty, whatever a patch says, unless it is finalized", async () => {
  await using it = await start();
  await it.client.create(namespaces, { metadata: { name: "full" } });
  const metadata = { namespace: "full", name: "a", finalizers: ["example.com/hold"] };
  await it.client.create(configMaps, { metadata });
  await it.client.delete(namespaces, { name: "full" });
  const patch = { type: "merge", body: { spec: { finalizers: null } } } as const;
  expect(await it.client.patch(namespaces, { name: "full" }, { patch })).toMatchObject({
    spec: { finalizers: ["kubernetes"] },
  });
  expect(await it.client.get(namespaces, { name: "full" })).toMatchObject({ status: { phase: "Terminating" } });
  const body = '{"metadata":{"name":"full"},"spec":{"finalizers":[]}}';
  await asAdmin(it.cluster, "/api/v1/namespaces/full/finalize", { method: "PUT", body });
  await expect(it.client.get(namespaces, { name: "full" })).rejects.toMatchObject({ reason: "NotFound" });
});

test("a body that is too large is refused, and the next one on that connection too", async () => {
  await using it = await start();
  const data = { blob: "x".repeat(4 * 1024 * 1024) };
  await using client = new KubernetesClient({ connection: it.cluster.connection(), maxConnections: 1 });
  for (const name of ["a", "b", "c"]) {
    const large = client.create(configMaps, { metadata: inDefault(name), data }, { timeoutMs: 5_000 });
    await expect(large).rejects.toMatchObject({ code: 413 });
  }
});

test("events are found by what they are about", async () => {
  await using it = await start();
  const event = (name: string, uid: string): Draft<Event> => ({
    metadata: inDefault(name),
    involvedObject: { kind: "Pod", uid },
    reason: "R",
  });
  await it.client.create(resources.events, event("a", "1"));
  await it.client.create(resources.events, event("b", "2"));
  const found = await it.client.list(resources.events, {
    namespace: "default",
    fieldSelector: "involvedObject.uid=2,reason=R",
  });
  expect(found.items.map((one) => one.metadata.name)).toEqual(["b"]);
});

test("an event about nothing disturbs nobody", async () => {
  await using it = await start();
  const collection = "/api/v1/namespaces/default/events";
  const body = '{"metadata":{"name":"a"}}';
  expect(await asAdmin(it.cluster, collection, { method: "POST", body })).toMatchObject({ code: 201 });
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  expect(await asAdmin(it.cluster, collection, { headers: { accept } })).toMatchObject({ code: 200 });
  await it.client.create(pods, { metadata: inDefault("waiting"), spec });
  const said = it.client.watch(resources.events, {
    namespace: "default",
    fieldSelector: "involvedObject.name=waiting",
    signal: AbortSignal.timeout(4000),
  });
  const reasons: (string | undefined)[] = [];
  for await (const { object } of said) {
    reasons.push("reason" in object ? object.reason : undefined);
    break;
  }
  expect(reasons).toEqual(["FailedScheduling"]);
});

test("a cluster ends although a client holds on to a connection whose upgrade was refused", async () => {
  const cluster = await startDevCluster();
  const { cert, key } = await cluster.connection().credentials({ refresh: false, signal: AbortSignal.timeout(1000) });
  const { hostname: host, port } = new URL(cluster.url);
  const identity = { ca: cluster.certificateAuthority, ...(cert && key ? { cert, key } : {}) };
  const options = { host, port: Number(port), ...identity, allowHalfOpen: true };
  const socket = connect(options);
  const path = "/api/v1/namespaces/default/pods/none/exec?command=x";
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  expect(await text(socket)).toContain("HTTP/1.1 404");
  await cluster[Symbol.asyncDispose]();
  await once(socket, "close");
});

test("a kubeconfig stays valid when the cluster is started again with the same authority", async () => {
  const certificateAuthority = issueCertificate({ commonName: "kubernetes", certificateAuthority: true });
  await using first = await start({ certificateAuthority });
  await using second = await start({ certificateAuthority });
  const { cert = "", key = "" } = await first.cluster
    .connection()
    .credentials({ refresh: false, signal: AbortSignal.timeout(1000) });
  expect(await raw(second.cluster, "/api/v1/nodes", { cert, key })).toMatchObject({ code: 200 });
});
