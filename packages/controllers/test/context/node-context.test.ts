import type { ConfigMap, Pod } from "@virtual-kubelet/kubernetes";
import { silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test, vi } from "vitest";
import { NodeContext } from "../../src/context/node-context.ts";
import { EventRecorder } from "../../src/events/event-recorder.ts";
import { podOf } from "../pod-builder.ts";
import { FakeApi } from "./references/fake-api.ts";

const { signal } = new AbortController();
const path = "/api/v1/namespaces/default/configmaps/settings";
const name = { namespace: "default", name: "settings" };
const env = [{ name: "COLOUR", valueFrom: { configMapKeyRef: { name: "settings", key: "colour", optional: true } } }];
const containers = [{ name: "main", image: "app:1", env }];

function settings(colour: string, more: Partial<ConfigMap> = {}): ConfigMap {
  return { metadata: { ...name, uid: colour, resourceVersion: "7" }, data: { colour }, ...more };
}

async function scene(pod: Pod = podOf({ spec: { containers, enableServiceLinks: false } })) {
  const api = await FakeApi.start();
  const { client } = api;
  const common = { client, nodeName: "edge", logger: silentLogger };
  const events = new EventRecorder(common);
  const end = new AbortController();
  const recording = events.run({ signal: end.signal });
  const context = new NodeContext({
    ...common,
    clusterId: "c",
    events,
    pod: () => pod,
    allocatable: () => ({}),
  });
  return {
    api,
    pod,
    context,
    colour: async () => {
      const variables = await context.environment({ pod: pod.metadata, container: "main" }, { signal });
      return variables.find((variable) => variable.name === "COLOUR")?.value;
    },
    read: async () => (await context.read("ConfigMap", name, { signal }))?.data?.["colour"],
    async [Symbol.asyncDispose]() {
      end.abort();
      await recording;
      await context[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

describe("the context of a node", () => {
  test("gives who only reads what an immutable object has been replaced by, though a pod still uses the old one", async () => {
    await using it = await scene();
    it.api.answers.set(path, settings("blue", { immutable: true }));
    expect(await it.colour()).toBe("blue");
    it.api.answers.set(path, settings("red", { metadata: { ...name, uid: "red", resourceVersion: "8" } }));
    expect(await it.read()).toBe("red");
    expect(await it.colour()).toBe("blue");
  });

  test("gives who only reads an answer though the last pod that uses the object goes meanwhile", async () => {
    await using it = await scene();
    expect(await it.colour()).toBeUndefined();
    const { promise: late, resolve: deliver } = Promise.withResolvers<void>();
    it.api.answers.set(path, settings("blue"));
    it.api.delays.set(path, late);
    const reading = it.read();
    await vi.waitFor(() => expect(it.api.requests.filter((each) => each === path)).toHaveLength(2));
    it.context.forget("uid-1");
    deliver();
    await expect(reading).resolves.toBe("blue");
  });

  test("starts a pod without links to services where the node may not list them, tells it of the API server, and says so", async () => {
    await using it = await scene(podOf({ spec: { containers } }));
    it.api.answers.set("watch /api/v1/services", 403);
    it.api.answers.set("/api/v1/services", 403);
    const metadata = { namespace: "default", name: "kubernetes", uid: "k", resourceVersion: "1" };
    const spec = { clusterIP: "10.0.0.1", ports: [{ name: "https", port: 443 }] };
    it.api.answers.set("/api/v1/namespaces/default/services/kubernetes", { metadata, spec });
    const variables = await it.context.environment({ pod: it.pod.metadata, container: "main" }, { signal });
    expect(variables).toContainEqual({ name: "KUBERNETES_SERVICE_HOST", value: "10.0.0.1", sensitive: false });
    await vi.waitFor(() => expect(it.api.created).toMatchObject([{ type: "Warning", reason: "MissingServiceLinks" }]));
  });

  test("lets a pod that names no pull secrets pull without while the API server gives no answer", async () => {
    await using it = await scene();
    it.api.answers.set("/api/v1/namespaces/default/serviceaccounts/default", 500);
    const pulling = it.context.pullCredentials(it.pod.metadata, { image: "app:1", signal });
    await expect(pulling).resolves.toBeUndefined();
  });
});
