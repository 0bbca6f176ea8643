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
  const context = new NodeContext({
    ...common,
    clusterId: "c",
    events: new EventRecorder(common),
    pod: () => pod,
    allocatable: () => ({}),
  });
  return {
    api,
    context,
    colour: async () => {
      const variables = await context.environment({ pod: pod.metadata, container: "main" }, { signal });
      return variables.find((variable) => variable.name === "COLOUR")?.value;
    },
    read: async () => (await context.read("ConfigMap", name, { signal }))?.data?.["colour"],
    async [Symbol.asyncDispose]() {
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
});
