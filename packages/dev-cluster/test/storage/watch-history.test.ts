import { resources } from "@virtual-kubelet/kubernetes";
import { describe, expect, test } from "vitest";
import { ObjectStorage } from "../../src/storage/object-storage.ts";

const { configMaps, secrets } = resources;
const named = (name: string) => ({ metadata: { namespace: "default", name } });

/** The first `count` of what is watched. */
async function take<T>(events: AsyncIterable<T>, count: number): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

function short(
  events: readonly { readonly type: string; readonly object: { readonly metadata: { readonly name: string } } }[],
): readonly string[] {
  return events.map((event) => `${event.type} ${event.object.metadata.name}`);
}

describe("a watch", () => {
  test("sees changes from its call on, in order, of one resource", async () => {
    const storage = new ObjectStorage();
    storage.create(configMaps, named("before"));
    using ended = stopper();
    const events = storage.watch({ signal: ended.signal, resource: configMaps });
    storage.create(configMaps, named("a"));
    storage.create(secrets, named("other"));
    storage.update(configMaps, named("a").metadata, (one) => ({ ...one, data: { x: "y" } }));
    storage.delete(configMaps, named("a").metadata);
    expect(short(await take(events, 3))).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
  });

  test("from a version brings what came after it, and wakes for what comes later", async () => {
    const storage = new ObjectStorage();
    const { metadata } = storage.create(configMaps, named("a"));
    storage.create(configMaps, named("b"));
    using ended = stopper();
    const taken = take(storage.watch({ signal: ended.signal, resourceVersion: metadata.resourceVersion! }), 2);
    await Promise.resolve();
    storage.create(configMaps, named("c"));
    expect(short(await taken)).toEqual(["ADDED b", "ADDED c"]);
  });

  test("ends when it is aborted", async () => {
    const ended = new AbortController();
    const taken = take(new ObjectStorage().watch({ signal: ended.signal }), 1);
    ended.abort();
    expect(await taken).toEqual([]);
  });

  test("from a version that is forgotten, or that never was, is Expired", () => {
    const storage = new ObjectStorage({ firstVersion: 100, historyLimit: 2 });
    using ended = stopper();
    const watch = (version: number) => storage.watch({ signal: ended.signal, resourceVersion: String(version) });
    expect(() => watch(99)).toThrow("too old resource version: 99 (100)");
    expect(() => watch(101)).toThrow("too old");
    for (const name of ["a", "b", "c"]) storage.create(configMaps, named(name));
    expect(() => watch(100)).toThrow("too old resource version: 100 (101)");
    expect(() => watch(101)).not.toThrow();
    storage.compact();
    expect(() => watch(102)).toThrow("too old");
    expect(() => watch(103)).not.toThrow();
  });

  test("that is under way loses nothing to the limit or to compaction", async () => {
    const storage = new ObjectStorage({ historyLimit: 1 });
    using ended = stopper();
    const events = storage.watch({ signal: ended.signal });
    for (const name of ["a", "b", "c"]) storage.create(configMaps, named(name));
    storage.compact();
    expect(short(await take(events, 3))).toEqual(["ADDED a", "ADDED b", "ADDED c"]);
  });

  test("tells by bookmarks how far it has come", async () => {
    const storage = new ObjectStorage();
    storage.create(configMaps, named("a"));
    using ended = stopper();
    const events = storage.follow(0, { signal: ended.signal, bookmarkIntervalMs: 1 });
    expect((await take(events, 2)).map((event) => (event.type === "BOOKMARK" ? event.version : event.type))).toEqual([
      "ADDED",
      1,
    ]);
  });

  test("gets its bookmarks although something happens all the time", async () => {
    const storage = new ObjectStorage();
    using ended = stopper();
    const busy = setInterval(() => storage.create(configMaps, { metadata: { namespace: "n", generateName: "a-" } }), 2);
    try {
      for await (const event of storage.follow(0, { signal: ended.signal, bookmarkIntervalMs: 40 })) {
        if (event.type !== "BOOKMARK") continue;
        expect(event.version).toBe(storage.version);
        break;
      }
    } finally {
      clearInterval(busy);
    }
  });
});

function stopper(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() };
}
