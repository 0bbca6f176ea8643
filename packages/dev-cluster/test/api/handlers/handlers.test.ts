import { type Draft, KubernetesClient, type Pod, type RawRequest, resources } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { startDevCluster } from "../../../src/index.ts";

const { pods, configMaps, events, leases, nodes, services } = resources;
const inDefault = (name: string) => ({ namespace: "default", name });
const path = "/api/v1/namespaces/default";
const spec = { containers: [{ name: "main", image: "x:1" }] };
const bound = (name: string): Draft<Pod> => ({ metadata: inDefault(name), spec: { ...spec, nodeName: "n" } });

async function start() {
  const cluster = await startDevCluster();
  const client = new KubernetesClient({ connection: cluster.connection() });
  return {
    client,
    /** What is refused, by its code and message; nothing when it is not. */
    refusal: (request: RawRequest) =>
      client.request(request).then(
        () => undefined,
        ({ code, message }: { code: number; message: string }) => [code, message.replace(/^.*?: \d+ \w*: /, "")],
      ),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

describe("options of a request", () => {
  test.each<[string, number, string, Partial<RawRequest>]>([
    [`${path}/pods?resourceVersion=old`, 400, 'parsing "old": invalid syntax', {}],
    [`${path}/pods?limit=few`, 400, 'parsing "few": invalid syntax', {}],
    [`${path}/pods?resourceVersionMatch=Exact`, 422, "forbidden unless resourceVersion is provided", {}],
    [`${path}/pods?resourceVersion=1&resourceVersionMatch=About`, 422, 'Unsupported value: "About"', {}],
    [`${path}/pods?sendInitialEvents=true`, 422, "sendInitialEvents is forbidden for list", {}],
    [`${path}/pods?resourceVersion=99999999999999`, 504, "Too large resource version", {}],
    [`${path}/pods?watch=1&resourceVersionMatch=NotOlderThan`, 422, "forbidden for watch unless sendInitialEvents", {}],
    [`${path}/configmaps?fieldValidation=Loud`, 422, 'Unsupported value: "Loud"', { method: "POST", body: {} }],
    [
      `${path}/configmaps/a`,
      400,
      "Pod cannot be handled as DeleteOptions",
      { method: "DELETE", body: { kind: "Pod" } },
    ],
    [`${path}/configmaps/a?gracePeriodSeconds=soon`, 400, 'parsing "soon"', { method: "DELETE" }],
    ["/api/v1/namespaces", 405, "does not allow this method", { method: "DELETE" }],
    ["/api/v1/namespaces/%ZZ", 400, "is no path of a URL", {}],
    ["//api/v1/pods", 404, "could not find the requested resource", {}],
  ])("as in %s are refused with %d: %s", async (target, code, message, more) => {
    await using it = await start();
    expect(await it.refusal({ method: "GET", path: target, ...more })).toEqual([
      code,
      expect.stringContaining(message),
    ]);
  });
});

describe("an object", () => {
  test("that is created has no version of its own, and on trial none at all", async () => {
    await using it = await start();
    const versioned = { metadata: { name: "a", resourceVersion: "5" } };
    expect(await it.refusal({ method: "POST", path: `${path}/configmaps`, body: versioned })).toEqual([
      500,
      "resourceVersion should not be set on objects to be created",
    ]);
    const tried = await it.client.create(configMaps, { metadata: inDefault("a") }, { dryRun: true });
    expect(tried.metadata.resourceVersion).toBeUndefined();
    const made = await it.client.create(configMaps, { metadata: inDefault("a") });
    const patch = { type: "merge", body: { data: { a: "1" } } } as const;
    const changed = await it.client.patch(configMaps, inDefault("a"), { patch, dryRun: true });
    expect(changed).toMatchObject({ data: { a: "1" }, metadata: { resourceVersion: made.metadata.resourceVersion } });
  });

  test("is told apart by its name when it is applied, and by nothing else", async () => {
    await using it = await start();
    const apply = (body: object, query = "fieldManager=me") =>
      it.refusal({
        method: "PATCH",
        path: `${path}/configmaps/a?${query}`,
        body,
        contentType: "application/apply-patch+yaml",
      });
    expect(await apply({ metadata: { name: "b" } })).toMatchObject([
      400,
      "the name of the object (b) does not match the name on the URL (a)",
    ]);
    expect(await apply({})).toMatchObject([400, expect.stringContaining("name must be provided")]);
    expect(await apply({ metadata: { name: "a", managedFields: [{}] } })).toMatchObject([
      400,
      "metadata.managedFields must be nil",
    ]);
    expect(await apply({ metadata: { name: "a" } }, "")).toMatchObject([
      422,
      expect.stringContaining("is required for apply patch"),
    ]);
    expect(await apply({ metadata: { name: "a" } })).toBeUndefined();
  });

  test("of kind Lease is renewed only by who has seen it", async () => {
    await using it = await start();
    const { metadata } = await it.client.create(leases, { metadata: inDefault("a"), spec: { holderIdentity: "one" } });
    const put = (version: object): RawRequest => ({
      method: "PUT",
      path: "/apis/coordination.k8s.io/v1/namespaces/default/leases/a",
      body: { metadata: { name: "a", ...version }, spec: { holderIdentity: "two" } },
    });
    expect(await it.refusal(put({}))).toEqual([422, expect.stringContaining("must be specified for an update")]);
    expect(await it.refusal(put({ resourceVersion: metadata.resourceVersion }))).toBeUndefined();
  });

  test("has the defaults of a real server: addresses, times, and what there is of a node", async () => {
    await using it = await start();
    const status = { capacity: { cpu: "4" } };
    expect(await it.client.create(nodes, { metadata: { name: "m" }, spec: {}, status })).toMatchObject({
      spec: { taints: [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }] },
      status: { allocatable: { cpu: "4" } },
    });
    await it.client.create(pods, bound("a"));
    const patch = { type: "merge", body: { status: { podIP: "10.0.0.1" } } } as const;
    const running = await it.client.patch(pods, inDefault("a"), { patch, subresource: "status" });
    expect(running.status?.podIPs).toEqual([{ ip: "10.0.0.1" }]);
    const named = (name: string, more: object) => ({
      metadata: inDefault(name),
      spec: { ports: [{ port: 80 }], ...more },
    });
    const headless = await it.client.create(services, named("a", { clusterIP: "None" }));
    expect(headless.spec.clusterIPs).toEqual(["None"]);
    const external = await it.client.create(
      services,
      named("b", { type: "ExternalName", externalName: "example.com" }),
    );
    expect(external.spec.ipFamilies).toBeUndefined();
    const about = { involvedObject: { kind: "Pod", namespace: "elsewhere" }, metadata: inDefault("a") };
    await expect(it.client.create(events, about)).rejects.toMatchObject({ code: 422 });
  });

  test("is selected by a label that is more or less than a number", async () => {
    await using it = await start();
    for (const size of ["1", "2"])
      await it.client.create(configMaps, { metadata: { ...inDefault(`size-${size}`), labels: { size } } });
    const names = async (labelSelector: string) =>
      (await it.client.list(configMaps, { labelSelector })).items.map(({ metadata }) => metadata.name);
    expect([await names("size>1"), await names("size<2")]).toEqual([["size-2"], ["size-1"]]);
  });
});

describe("a pod", () => {
  test("that is deleted is told to end before it is gone; what is no pod is just gone", async () => {
    await using it = await start();
    const signal = AbortSignal.timeout(10_000);
    await it.client.create(pods, bound("a"));
    const seen: unknown[] = [];
    const watched = it.client.watch(pods, { namespace: "default", signal });
    for await (const event of watched) {
      if (event.type === "BOOKMARK") continue;
      seen.push([event.type, event.object.metadata.deletionGracePeriodSeconds]);
      if (seen.length === 1) await it.client.delete(pods, inDefault("a"), { gracePeriodSeconds: 0 });
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([
      ["ADDED", undefined],
      ["MODIFIED", 0],
      ["DELETED", 0],
    ]);
    await it.client.create(services, { metadata: inDefault("a"), spec: { ports: [{ port: 80 }] } });
    const gone = await it.client.request<{ metadata: object }>({ method: "DELETE", path: `${path}/services/a` });
    expect(gone.metadata).not.toHaveProperty("deletionTimestamp");
  });

  test("is bound once, without gates, and its eviction names it", async () => {
    await using it = await start();
    await it.client.create(pods, { metadata: inDefault("a"), spec: { ...spec, schedulingGates: [{ name: "a.b/c" }] } });
    const target = { kind: "Node", name: "n" };
    expect(await it.refusal({ method: "POST", path: `${path}/pods/a/binding`, body: { target } })).toEqual([
      409,
      'Operation cannot be fulfilled on pods/binding "a": pod a has non-empty .spec.schedulingGates',
    ]);
    expect(await it.refusal({ method: "POST", path: `${path}/pods/a/eviction`, body: {} })).toEqual([
      400,
      "name in URL does not match name in Eviction object",
    ]);
  });
});

describe("a running pod", () => {
  const debuggers = `${path}/pods/a/ephemeralcontainers`;
  const added = (...names: readonly string[]) => ({
    spec: { ephemeralContainers: names.map((name) => ({ name, image: "host", targetContainerName: "main" })) },
  });
  const merge = { "content-type": "application/strategic-merge-patch+json" };

  test("is given ephemeral containers, which stay as they are, and nothing else with them", async () => {
    await using it = await start();
    await it.client.create(pods, bound("a"));
    const patch = (body: object) => ({ method: "PATCH", path: debuggers, headers: merge, body }) as const;
    const changed = { spec: { ...added("one").spec, activeDeadlineSeconds: 5 }, metadata: { labels: { a: "b" } } };
    expect(await it.client.request<Pod>(patch(changed))).toMatchObject({
      metadata: { name: "a" },
      spec: { ephemeralContainers: [{ name: "one", targetContainerName: "main", imagePullPolicy: "Always" }] },
    });
    const both = await it.client.request<Pod>(patch(added("two")));
    expect(both.spec.ephemeralContainers?.map(({ name }) => name).toSorted()).toEqual(["one", "two"]);
    expect([both.spec.activeDeadlineSeconds, both.metadata.labels]).toEqual([undefined, undefined]);
    expect(await it.client.request<Pod>({ method: "GET", path: debuggers })).toEqual(both);

    const put = (body: object) => it.refusal({ method: "PUT", path: debuggers, body });
    const named = (ephemeralContainers: readonly object[]) => ({
      ...both,
      spec: { ...both.spec, ephemeralContainers },
    });
    const [first = { name: "" }, second = { name: "" }] = both.spec.ephemeralContainers ?? [];
    const kept = (ephemeral: object) => named([first, second, ephemeral]);
    expect(await put(named([first]))).toEqual([
      422,
      expect.stringContaining(`existing ephemeral containers "${second.name}" may not be removed`),
    ]);
    expect(await put(named([first, { ...second, image: "x" }]))).toEqual([
      422,
      expect.stringContaining(`existing ephemeral containers "${second.name}" may not be changed`),
    ]);
    for (const [wrong, why] of [
      [{ name: "main", image: "x" }, 'spec.ephemeralContainers[2].name: Duplicate value: "main"'],
      [{ name: "new" }, "spec.ephemeralContainers[2].image: Required value"],
      [{ name: "new", image: "x", targetContainerName: "no" }, '[2].targetContainerName: Not found: "no"'],
      [{ name: "new", image: "x", ports: [] }, "[2].ports: Forbidden: cannot be set for an Ephemeral Container"],
    ] as const)
      expect(await put(kept(wrong))).toEqual([422, expect.stringContaining(why)]);
    const elsewhere = { method: "PATCH", path: `${path}/pods/a`, headers: merge, body: added("three") } as const;
    expect(await it.refusal(elsewhere)).toEqual([422, expect.stringContaining("pod updates may not change fields")]);
  });

  test("is resized, and stays of its class", async () => {
    await using it = await start();
    const ask = (requests: object, limits?: object) => ({
      spec: { containers: [{ name: "main", image: "y", resources: { requests, ...(limits ? { limits } : {}) } }] },
    });
    await it.client.create(pods, { metadata: inDefault("a"), ...ask({ cpu: "1" }) } as Draft<Pod>);
    const patch = (body: object) => ({ method: "PATCH", path: `${path}/pods/a/resize`, headers: merge, body }) as const;
    const resized = await it.client.request<Pod>(patch({ spec: { ...ask({ cpu: "2" }).spec, priority: 7 } }));
    expect(resized.spec).toMatchObject({ priority: 0, containers: [{ resources: { requests: { cpu: "2" } } }] });
    const whole = { cpu: "2", memory: "1Gi" };
    expect(await it.refusal(patch(ask(whole, whole)))).toEqual([
      422,
      expect.stringContaining("Pod QOS Class may not change as a result of resizing"),
    ]);

    const main = { name: "main", image: "y", imageID: "", ready: true, restartCount: 0, state: { running: {} } };
    const report = (status: object) =>
      it.client.request({ method: "PATCH", path: `${path}/pods/a/status`, headers: merge, body: { status } });
    await report({ containerStatuses: [main] });
    expect(await it.refusal(patch(ask({ cpu: "3" })))).toEqual([
      422,
      expect.stringContaining("spec: Forbidden: Pod running on node without support for resize"),
    ]);
    await report({ containerStatuses: [{ ...main, resources: { requests: { cpu: "2" } } }] });
    expect(await it.refusal(patch(ask({ cpu: "3" })))).toBeUndefined();
  });
});
