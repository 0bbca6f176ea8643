import { type Pod, resources } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { ObjectStorage } from "../../src/storage/object-storage.ts";

const { pods, configMaps, namespaces, deployments } = resources;
const spec = { containers: [{ name: "main", image: "x:1" }] };

function stored(
  storage: ObjectStorage,
  changes: { readonly nodeName?: string; readonly finalizers?: readonly string[]; readonly phase?: string } = {},
): Pod {
  const { nodeName, finalizers, phase } = changes;
  const pod = storage.create(pods, {
    metadata: { namespace: "default", name: "a", ...(finalizers ? { finalizers } : {}) },
    spec: { ...spec, ...(nodeName ? { nodeName } : {}) },
  });
  return phase ? storage.update(pods, pod.metadata, (one) => ({ ...one, status: { ...one.status, phase } })) : pod;
}

describe("creating", () => {
  test("fills in what only the server knows, and the defaults", () => {
    const storage = new ObjectStorage();
    const pod = storage.create(pods, { metadata: { namespace: "default", name: "a", resourceVersion: "77" }, spec });
    expect(pod.metadata).toMatchObject({
      generation: 1,
      resourceVersion: "1",
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(pod).toMatchObject({ apiVersion: "v1", kind: "Pod", status: { phase: "Pending" } });
    expect(storage.get(pods, pod.metadata)).toBe(pod);
  });

  test("adds five characters to a prefix", () => {
    const storage = new ObjectStorage();
    const names = Array.from(
      { length: 50 },
      () => storage.create(configMaps, { metadata: { namespace: "default", generateName: "c-" } }).metadata.name,
    );
    expect(new Set(names).size).toBe(50);
    for (const name of names) expect(name).toMatch(/^c-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test("refuses a second object of the same name, but not in another namespace", () => {
    const storage = new ObjectStorage();
    storage.create(configMaps, { metadata: { namespace: "default", name: "a" } });
    storage.create(configMaps, { metadata: { namespace: "other", name: "a" } });
    expect(() => storage.create(configMaps, { metadata: { namespace: "default", name: "a" } })).toThrow(
      'configmaps "a" already exists',
    );
    expect(storage.list(configMaps)).toHaveLength(2);
    expect(storage.list(configMaps, { namespace: "other" })).toHaveLength(1);
  });

  test("keeps a copy that the caller cannot change", () => {
    const storage = new ObjectStorage();
    const data = { sky: "blue" };
    const object = storage.create(configMaps, { metadata: { namespace: "default", name: "a" }, data });
    data.sky = "red";
    expect(object.data).toEqual({ sky: "blue" });
  });
});

describe("updating", () => {
  test("gives a new version only to what has changed, a new generation only to a changed spec", () => {
    const storage = new ObjectStorage();
    const pod = stored(storage);
    expect(storage.update(pods, pod.metadata, (one) => ({ ...one }))).toBe(pod);
    const labelled = storage.update(pods, pod.metadata, (one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { a: "b" } },
    }));
    expect(labelled.metadata).toMatchObject({ resourceVersion: "2", generation: 1 });
    const bound = storage.update(pods, pod.metadata, (one) => ({ ...one, spec: { ...one.spec, nodeName: "n" } }));
    expect(bound.metadata, "of a pod that got its node").toMatchObject({ resourceVersion: "3", generation: 1 });
    const changed = storage.update(pods, pod.metadata, (one) => ({
      ...one,
      spec: { ...one.spec, activeDeadlineSeconds: 5 },
    }));
    expect(changed.metadata).toMatchObject({ resourceVersion: "4", generation: 2 });
  });

  test("keeps what the server owns", () => {
    const storage = new ObjectStorage();
    const pod = stored(storage);
    const forged = {
      uid: "other",
      name: "b",
      creationTimestamp: "2000-01-01T00:00:00Z",
      deletionTimestamp: "2000-01-01T00:00:00Z",
      generation: 9,
      labels: { a: "b" },
    };
    const updated = storage.update(pods, pod.metadata, (one) => ({ ...one, metadata: { ...one.metadata, ...forged } }));
    expect(updated.metadata).toEqual({ ...pod.metadata, labels: { a: "b" }, resourceVersion: "2" });
  });

  test("of what is not there is NotFound", () => {
    expect(() => new ObjectStorage().update(deployments, { namespace: "default", name: "web" }, (one) => one)).toThrow(
      'deployments.apps "web" not found',
    );
  });
});

describe("deleting", () => {
  const cases: readonly {
    readonly what: string;
    readonly pod: Parameters<typeof stored>[1];
    readonly gracePeriodSeconds?: number;
    readonly gone: boolean;
  }[] = [
    { what: "a pod on a node waits for its kubelet", pod: { nodeName: "n" }, gone: false },
    { what: "a pod without a node goes at once", pod: {}, gone: true },
    { what: "a pod that has succeeded goes at once", pod: { nodeName: "n", phase: "Succeeded" }, gone: true },
    { what: "a pod that has failed goes at once", pod: { nodeName: "n", phase: "Failed" }, gone: true },
    { what: "without grace a pod goes at once", pod: { nodeName: "n" }, gracePeriodSeconds: 0, gone: true },
    {
      what: "a finalizer holds a pod that has no grace",
      pod: { nodeName: "n", finalizers: ["x/y"] },
      gracePeriodSeconds: 0,
      gone: false,
    },
  ];
  test.each(cases)("$what", ({ pod, gracePeriodSeconds, gone }) => {
    const storage = new ObjectStorage();
    const { metadata } = stored(storage, pod);
    storage.delete(pods, metadata, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
    expect(storage.get(pods, metadata) === undefined).toBe(gone);
  });

  test("again may shorten the grace but not lengthen it, and ends it with 0", () => {
    const storage = new ObjectStorage();
    const { metadata } = stored(storage, { nodeName: "n" });
    const first = storage.delete(pods, metadata);
    expect(first.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
    expect(storage.delete(pods, metadata, { gracePeriodSeconds: 60 })).toBe(first);
    expect(storage.delete(pods, metadata)).toBe(first);
    const shorter = storage.delete(pods, metadata, { gracePeriodSeconds: 10 });
    expect(Date.parse(first.metadata.deletionTimestamp!) - Date.parse(shorter.metadata.deletionTimestamp!)).toBe(
      20_000,
    );
    storage.delete(pods, metadata, { gracePeriodSeconds: 0 });
    expect(storage.get(pods, metadata)).toBeUndefined();
  });

  test("is finished by the update that takes the last finalizer away", () => {
    const storage = new ObjectStorage();
    const { metadata } = storage.create(configMaps, {
      metadata: { namespace: "default", name: "a", finalizers: ["x/y", "x/z"] },
    });
    storage.delete(configMaps, metadata);
    const without = (...finalizers: readonly string[]) =>
      storage.update(configMaps, metadata, (one) => ({ ...one, metadata: { ...one.metadata, finalizers } }));
    without("x/z");
    expect(storage.get(configMaps, metadata)?.metadata.finalizers).toEqual(["x/z"]);
    without();
    expect(storage.get(configMaps, metadata)).toBeUndefined();
  });

  test("leaves a namespace to whoever empties it", () => {
    const storage = new ObjectStorage();
    storage.create(namespaces, { metadata: { name: "a" } });
    expect(storage.delete(namespaces, { name: "a" }).status?.phase).toBe("Terminating");
    storage.update(namespaces, { name: "a" }, (one) => ({ ...one, spec: { finalizers: [] } }));
    expect(storage.get(namespaces, { name: "a" })).toBeUndefined();
  });

  test("leaves work for the garbage collector when dependents are to go first, or to stay", () => {
    const storage = new ObjectStorage();
    for (const [propagationPolicy, finalizer] of [
      ["Foreground", "foregroundDeletion"],
      ["Orphan", "orphan"],
    ] as const) {
      const { metadata } = storage.create(configMaps, {
        metadata: { namespace: "default", name: finalizer.toLowerCase() },
      });
      expect(storage.delete(configMaps, metadata, { propagationPolicy }).metadata.finalizers).toEqual([finalizer]);
    }
  });

  test("again may say otherwise what becomes of the dependents", () => {
    const storage = new ObjectStorage();
    storage.create(configMaps, { metadata: { namespace: "n", name: "a", finalizers: ["example.com/hold"] } });
    const finalizers = (propagationPolicy?: string) =>
      storage.delete(configMaps, { namespace: "n", name: "a" }, propagationPolicy ? { propagationPolicy } : {}).metadata
        .finalizers;
    expect(finalizers("Foreground")).toEqual(["example.com/hold", "foregroundDeletion"]);
    expect(finalizers()).toEqual(["example.com/hold", "foregroundDeletion"]);
    expect(finalizers("Orphan")).toEqual(["example.com/hold", "orphan"]);
    expect(finalizers("Background")).toEqual(["example.com/hold"]);
  });

  test("refuses another UID", () => {
    const storage = new ObjectStorage();
    const { metadata } = stored(storage);
    expect(() => storage.delete(pods, metadata, { uid: "other" })).toThrow(
      "the UID in the precondition (other) does not match the UID in record",
    );
    expect(storage.get(pods, metadata)).toBeDefined();
  });
});

test("what happens on a fork does not happen here", () => {
  const storage = new ObjectStorage();
  const { metadata } = stored(storage);
  storage.fork().delete(pods, metadata);
  expect(storage.get(pods, metadata)).toBeDefined();
  expect(storage.version).toBe(1);
});
