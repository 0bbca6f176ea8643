import type { ConfigMap, Pod } from "@virtual-kubelet/kubernetes";
import { type Logger, silentLogger } from "@virtual-kubelet/provider";
import { describe, expect, test, vi } from "vitest";
import { References } from "../../../src/context/references/references.ts";
import { podOf } from "../../pod-builder.ts";
import { FakeApi } from "./fake-api.ts";

const { signal } = new AbortController();
const path = "/api/v1/namespaces/default/configmaps";
const pods = ["uid-1", "uid-2"].map((uid) =>
  podOf({ metadata: { uid }, spec: { volumes: [{ name: "v", configMap: { name: "settings" } }] } }),
) as [Pod, Pod];

function settings(resourceVersion: string, more: Partial<ConfigMap> = {}): ConfigMap {
  return { metadata: { namespace: "default", name: "settings", uid: "u", resourceVersion }, ...more };
}

async function scene(logger: Logger = silentLogger) {
  const api = await FakeApi.start();
  const here = new Set(pods.map(({ metadata }) => metadata.uid));
  const references = new References({ client: api.client, logger, isHere: (uid) => here.has(uid) });
  return {
    api,
    references,
    here,
    read: async (pod: Pod) => (await references.configMap(pod, "settings", { signal }))?.metadata.resourceVersion,
    async [Symbol.asyncDispose]() {
      await references[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

describe("references", () => {
  test("believe a list that an object went before it was watched", async () => {
    await using it = await scene();
    it.api.answers.set(`${path}/settings`, settings("7"));
    expect(await it.read(pods[0])).toBe("7");
    it.api.answers.delete(`${path}/settings`);
    await vi.waitFor(async () => expect(await it.read(pods[0])).toBeUndefined());
  });

  test("keep what is newer, whichever of read and watch tells it first", async () => {
    await using it = await scene();
    it.api.answers.set(`${path}/settings`, settings("9"));
    it.api.answers.set(`watch ${path}`, [settings("8")]);
    expect(await it.read(pods[0])).toBe("9");
    await vi.waitFor(() => expect(it.api.watched).toEqual([path]));
    it.api.answers.set(`${path}/settings`, settings("6"));
    expect(await it.read(pods[1])).toBe("9");
    it.api.tell("MODIFIED", settings("0"));
    await vi.waitFor(async () => expect(await it.read(pods[0])).toBe("101"));
  });

  test("do not bring back what has gone while it was being read", async () => {
    await using it = await scene();
    it.api.answers.set(`${path}/settings`, settings("9"));
    it.api.answers.set(`watch ${path}`, [settings("9")]);
    expect(await it.read(pods[0])).toBe("9");
    await vi.waitFor(() => expect(it.api.watched).toEqual([path]));
    const { promise: late, resolve: deliver } = Promise.withResolvers<void>();
    it.api.delays.set(`${path}/settings`, late);
    const reading = it.read(pods[1]);
    await vi.waitFor(() => expect(it.api.requests.filter((each) => each.endsWith("/settings"))).toHaveLength(2));
    it.api.answers.delete(`${path}/settings`);
    const news = it.references.changed(pods[0], { signal });
    it.api.tell("DELETED", settings("0"));
    await news;
    it.api.delays.clear();
    deliver();
    await reading;
    expect(await it.read(pods[0])).toBeUndefined();
  });

  test("know what is missing while the API server gives no answer, once a watch has begun without it", async () => {
    await using it = await scene();
    expect(await it.read(pods[0])).toBeUndefined();
    await vi.waitFor(() => expect(it.api.watched).toEqual([path]));
    it.api.answers.set(`${path}/settings`, 500);
    await vi.waitFor(async () => expect(await it.read(pods[0])).toBeUndefined());
    await expect(it.read(pods[1])).rejects.toMatchObject({ code: "Unavailable" });
    it.api.tell("ADDED", settings("0"));
    await vi.waitFor(async () => expect(await it.read(pods[0])).toBe("101"));
  });

  test("say that the node stops, not that the pods are gone", async () => {
    await using it = await scene();
    await it.references[Symbol.asyncDispose]();
    await expect(it.read(pods[0])).rejects.toMatchObject({ code: "Unavailable", message: "The node stops" });
  });

  test("do not take up again what a pod used that has gone while it was being read", async () => {
    await using it = await scene();
    it.api.answers.set(`${path}/settings`, settings("7"));
    const reading = it.read(pods[0]);
    it.here.delete("uid-1");
    it.references.forget("uid-1");
    await expect(reading).rejects.toMatchObject({ code: "NotFound" });
    await expect(it.read(pods[0])).rejects.toMatchObject({ code: "NotFound" });
    await expect(it.references.changed(pods[0], { signal })).rejects.toMatchObject({ code: "NotFound" });
    expect(it.api.watched).toEqual([]);
  });

  test("refuse a name that no object can have", async () => {
    await using it = await scene();
    await expect(it.references.secret(pods[0], "..", { signal })).rejects.toMatchObject({ code: "InvalidInput" });
    expect(it.api.requests).toEqual([]);
  });

  test("watch the services of the cluster once, for as long as a pod asks for them", async () => {
    await using it = await scene();
    const service = { metadata: { namespace: "default", name: "web", uid: "s", resourceVersion: "5" } };
    it.api.answers.set("watch /api/v1/services", [service]);
    const names = async (pod: Pod) =>
      (await it.references.services(pod, { signal })).map(({ metadata }) => metadata.name);
    expect(await Promise.all([names(pods[0]), names(pods[1])])).toEqual([["web"], ["web"]]);
    expect(it.api.requests).toEqual(["watch /api/v1/services"]);
    it.api.tell("ADDED", { metadata: { namespace: "default", name: "db", uid: "t" } });
    await vi.waitFor(async () => expect(await names(pods[0])).toEqual(["web", "db"]));
    it.references.forget("uid-1");
    expect(await names(pods[1])).toEqual(["web", "db"]);
    expect(it.api.watched).toEqual(["/api/v1/services"]);
    it.references.forget("uid-2");
    await vi.waitFor(() => expect(it.api.watched).toEqual([]));
    expect(await names(pods[1])).toEqual(["web"]);
  });

  test("ask for what may be got but not watched whenever it is read, and each minute while a pod waits to hear of it", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    await using it = await scene();
    it.api.answers.set(`watch ${path}`, 403);
    it.api.answers.set(`${path}/settings`, settings("7"));
    expect(await it.read(pods[0])).toBe("7");
    await vi.waitFor(() => expect(it.api.requests).toContain(`watch ${path}`));
    it.api.answers.set(`${path}/settings`, settings("8"));
    await vi.waitFor(async () => expect(await it.read(pods[0])).toBe("8"));
    const changed = it.references.changed(pods[0], { signal });
    it.api.answers.set(`${path}/settings`, settings("9"));
    vi.advanceTimersByTime(60_000);
    await changed;
    vi.useRealTimers();
  });

  test("warn once that nothing may be watched, however many objects there are", async () => {
    const warnings: unknown[] = [];
    await using it = await scene({ ...silentLogger, warn: (...words: unknown[]) => void warnings.push(words) });
    it.api.answers.set(`watch ${path}`, 403);
    for (const name of ["one", "two", "three"]) {
      await it.references.configMap(pods[0], name, { signal });
    }
    await vi.waitFor(() => expect(it.api.requests.filter((each) => each.startsWith("watch"))).toHaveLength(3));
    await vi.waitFor(() => expect(warnings).not.toEqual([]));
    await it.references[Symbol.asyncDispose]();
    expect(warnings).toHaveLength(1);
  });

  test("list services each time where they may not be watched", async () => {
    await using it = await scene();
    it.api.answers.set("watch /api/v1/services", 403);
    const items = [{ metadata: { namespace: "default", name: "web", uid: "s", resourceVersion: "5" } }];
    it.api.answers.set("/api/v1/services", { metadata: { resourceVersion: "5" }, items });
    const list = async () => (await it.references.services(pods[0], { signal })).map(({ metadata }) => metadata.name);
    expect([await list(), await list()]).toEqual([["web"], ["web"]]);
  });

  test("say that services are refused, rather than wait for them for ever", async () => {
    await using it = await scene();
    it.api.answers.set("watch /api/v1/services", 403);
    it.api.answers.set("/api/v1/services", 403);
    await expect(it.references.services(pods[0], { signal })).rejects.toMatchObject({ code: "Unauthorized" });
  });
});
