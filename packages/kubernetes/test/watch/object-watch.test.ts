import { describe, expect, test } from "vitest";
import { KubernetesClient, ObjectWatch, type ObjectWatchOptions, type Pod, resources } from "../../src/index.ts";
import { ChangesOf } from "../changes-of.ts";
import { type Exchange, FakeApiServer } from "../fake-api-server.ts";

const quick = { backoff: { minMs: 2, maxMs: 20 } };

/** A server and a running watch of it. */
class Watching implements AsyncDisposable {
  readonly server: FakeApiServer;
  readonly watch: ObjectWatch<Pod>;
  readonly changes: ChangesOf<Pod>;
  readonly #client: KubernetesClient;

  constructor(server: FakeApiServer, options: Partial<ObjectWatchOptions<Pod>>) {
    this.server = server;
    this.#client = new KubernetesClient({ connection: server.connection() });
    const selection = { client: this.#client, resource: resources.pods, fieldSelector: "spec.nodeName=n" };
    this.watch = new ObjectWatch({ ...selection, ...quick, ...options });
    this.changes = new ChangesOf(this.watch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.changes[Symbol.asyncDispose]();
    await this.#client[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

async function watching(options: Partial<ObjectWatchOptions<Pod>> = {}): Promise<Watching> {
  return new Watching(await FakeApiServer.start(), options);
}

function pod(
  name: string,
  resourceVersion: string | number,
  more: { uid?: string; managedFields?: object[]; note?: string } = {},
): object {
  const { uid = name, note, ...metadata } = more;
  return {
    metadata: {
      namespace: "ns",
      name,
      uid,
      resourceVersion: String(resourceVersion),
      ...(note ? { annotations: { note } } : {}),
      ...metadata,
    },
    spec: {},
  };
}

/** The streaming list of a new watch, answered. */
async function synced(run: Watching, objects: readonly object[], version: string): Promise<Exchange> {
  const watch = await run.server.next();
  for (const object of objects) watch.event("ADDED", object);
  watch.listed(version);
  expect((await run.changes.take(objects.length + 1)).at(-1)).toBe("synced");
  return watch;
}

describe("listing", () => {
  test("a watch that fails tells why, until it does no more", async () => {
    await using run = await watching();
    expect(run.watch.failure).toBeUndefined();
    (await run.server.next()).status(403, "Forbidden");
    await expect.poll(() => run.watch.failure).toMatchObject({ reason: "Forbidden" });
    const watch = await synced(run, [], "5");
    expect(run.watch.failure).toBeUndefined();
    watch.cut();
    await expect.poll(() => run.watch.failure).toMatchObject({ reason: "Unreachable" });
    (await run.server.next()).bookmark("6");
    await expect.poll(() => run.watch.failure).toBeUndefined();
  });

  test("a streaming list becomes the watch, and the store is complete before synced", async () => {
    await using run = await watching();
    const first = run.changes.next();
    const watch = await run.server.next();
    expect(watch.query).toMatchObject({
      watch: "true",
      sendInitialEvents: "true",
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: "true",
      fieldSelector: "spec.nodeName=n",
    });
    expect(Number(watch.query["timeoutSeconds"])).toBeGreaterThanOrEqual(300);
    expect(Number(watch.query["timeoutSeconds"])).toBeLessThanOrEqual(600);
    watch.event("ADDED", pod("a", 3, { managedFields: [{ manager: "kubectl" }] })).event("ADDED", pod("b", 2));
    watch.event("MODIFIED", pod("b", 9)).event("ADDED", pod("b", 2)).event("DELETED", pod("a", 10));
    expect(run.watch.store.synced).toBe(false);
    watch.event("ADDED", pod("c", 1, { managedFields: [{ manager: "kubectl" }] })).listed("10");
    expect(await first).toMatchObject({
      type: "set",
      object: { apiVersion: "v1", kind: "Pod", metadata: { name: "b", resourceVersion: "9" } },
    });
    expect(run.watch.store.synced).toBe(true);
    expect(run.watch.store.size).toBe(2);
    expect(await run.changes.take(2)).toEqual(["set c#c@1", "synced"]);
    expect(run.watch.store.find({ namespace: "ns", name: "c" })?.metadata).not.toHaveProperty("managedFields");
    watch.event("ADDED", pod("d", 11));
    expect(await run.changes.take(1)).toEqual(["set d#d@11"]);
  });

  test.each<[string, (watch: Exchange) => void]>([
    ["refuses it", (watch) => watch.status(422, "Invalid")],
    ["does not know its parameters", (watch) => watch.status(400, "BadRequest")],
    ["ignores them", (watch) => watch.event("ADDED", pod("a", 1))],
    ["ignores them and has nothing", (watch) => void watch.raw("")],
    ["ignores them and ends the watch", (watch) => watch.event("ADDED", pod("a", 1)).end()],
  ])("a server that %s is asked for pages, from then on always", async (_, answer) => {
    await using run = await watching({ listSilenceMs: 50 });
    const taken = run.changes.take(4);
    answer(await run.server.next());
    const first = await run.server.next();
    expect(first.query).toEqual({ limit: "500", fieldSelector: "spec.nodeName=n" });
    first.list([pod("a", 1), pod("b", 2)], { resourceVersion: "7", continue: "more" });
    const second = await run.server.next();
    expect(second.query["continue"]).toBe("more");
    second.list([pod("c", 3, { managedFields: [{}] })], { resourceVersion: "7" });
    expect(await taken).toEqual(["set a#a@1", "set b#b@2", "set c#c@3", "synced"]);
    expect(run.watch.store.get("c")).toMatchObject({ apiVersion: "v1", kind: "Pod" });
    const next = run.changes.take(2);
    const watch = await run.server.next();
    expect(watch.query).toMatchObject({ resourceVersion: "7", allowWatchBookmarks: "true" });
    watch.status(410, "Expired");
    const relist = await run.server.next();
    expect(relist.query["limit"]).toBe("500");
    relist.list([pod("a", 1), pod("c", 3)], { resourceVersion: "20" });
    expect(await next).toEqual(["deleted b#b@2", "synced"]);
  });

  test("pages that expire half-way are followed by the whole list", async () => {
    await using run = await watching();
    const taken = run.changes.take(2);
    (await run.server.next()).status(400, "BadRequest");
    (await run.server.next()).list([pod("gone", 1)], { resourceVersion: "7", continue: "more" });
    (await run.server.next()).status(410, "Expired");
    const whole = await run.server.next();
    expect(whole.query).toEqual({ fieldSelector: "spec.nodeName=n" });
    whole.list([pod("a", 1)], { resourceVersion: "9" });
    expect(await taken).toEqual(["set a#a@1", "synced"]);
    expect((await run.server.next()).query["resourceVersion"]).toBe("9");
  });

  test("a list whose items are null, as Go writes an empty one, is empty", async () => {
    await using run = await watching();
    const taken = run.changes.take(1);
    (await run.server.next()).status(400, "BadRequest");
    (await run.server.next()).json({
      kind: "PodList",
      metadata: { resourceVersion: "7", continue: "more" },
      items: null,
    });
    (await run.server.next()).status(410, "Expired");
    (await run.server.next()).json({ kind: "PodList", metadata: { resourceVersion: "9" }, items: null });
    expect(await taken).toEqual(["synced"]);
  });

  test("a relist reports what vanished, what changed and what has another UID, and nothing else", async () => {
    await using run = await watching();
    const watch = await synced(
      run,
      [pod("same", 1), pod("changed", 2), pod("vanished", 3), pod("again", 4, { uid: "old" })],
      "5",
    );
    const taken = run.changes.take(5);
    watch.event("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });
    const relist = await run.server.next();
    expect(relist.query["sendInitialEvents"]).toBe("true");
    for (const object of [pod("same", 1), pod("changed", 8), pod("again", 9, { uid: "new" })])
      relist.event("ADDED", object);
    relist.listed("10");
    expect(await taken).toEqual([
      "deleted vanished#vanished@3",
      "deleted again#old@4",
      "set changed#changed@8",
      "set again#new@9",
      "synced",
    ]);
    expect([...run.watch.store].map((object) => object.metadata.uid)).toEqual(["same", "changed", "new"]);
  });

  test("a list that is older than what is known is refused, until the server insists", async () => {
    await using run = await watching();
    const watch = await synced(run, [pod("a", 40)], "50");
    const taken = run.changes.take(2);
    watch.event("ERROR", { kind: "Status", code: 410, reason: "Expired" });
    for (let count = 0; count < 5; count++) {
      (await run.server.next()).event("ADDED", pod("a", 7)).listed("8");
      expect(run.watch.store.get("a")?.metadata.resourceVersion).toBe("40");
    }
    (await run.server.next()).event("ADDED", pod("a", 7)).listed("8");
    expect(await taken).toEqual(["set a#a@7", "synced"]);
  });
});

describe("watching", () => {
  test("a watch that ends goes on from the last version, bookmarks included, without a list", async () => {
    await using run = await watching();
    let watch = await synced(run, [pod("a", 1)], "5");
    for (const version of ["6", "990", "10000"]) {
      watch.event("MODIFIED", pod("a", version)).end();
      watch = await run.server.next();
      expect(watch.query).toMatchObject({ resourceVersion: version, watch: "true" });
      expect(watch.query).not.toHaveProperty("sendInitialEvents");
      watch.bookmark(`${version}0`).end();
      watch = await run.server.next();
      expect(watch.query["resourceVersion"]).toBe(`${version}0`);
    }
    expect(await run.changes.take(3)).toEqual(["set a#a@6", "set a#a@990", "set a#a@10000"]);
  });

  test("replayed, reordered and doubled events never take the store back", async () => {
    await using run = await watching();
    const watch = await synced(run, [pod("a", 10), pod("b", 9)], "10");
    const taken = run.changes.take(3);
    watch.event("MODIFIED", pod("a", 12)).event("MODIFIED", pod("a", 11)).event("MODIFIED", pod("a", 12));
    watch
      .event("DELETED", pod("b", 13))
      .event("ADDED", pod("b", 9))
      .event("DELETED", pod("a", 8))
      .event("MODIFIED", pod("a", 100));
    expect(await taken).toEqual(["set a#a@12", "deleted b#b@13", "set a#a@100"]);
  });

  test("versions that are no numbers are taken in the order in which they come", async () => {
    await using run = await watching();
    const watch = await synced(run, [pod("a", "x9")], "x9");
    const taken = run.changes.take(2);
    watch.event("MODIFIED", pod("a", "x10")).event("MODIFIED", pod("a", "x2")).end();
    expect(await taken).toEqual(["set a#a@x10", "set a#a@x2"]);
    expect((await run.server.next()).query["resourceVersion"]).toBe("x2");
  });

  test("another UID under the same name is another object", async () => {
    await using run = await watching();
    const watch = await synced(run, [pod("a", 1, { uid: "old" })], "1");
    const taken = run.changes.take(2);
    watch.event("MODIFIED", pod("a", 2, { uid: "new" }));
    expect(await taken).toEqual(["deleted a#old@1", "set a#new@2"]);
    expect(run.watch.store.find({ namespace: "ns", name: "a" })?.metadata.uid).toBe("new");
  });

  test("aborting ends the run and its connection, and it can be run again", async () => {
    await using run = await watching();
    const watch = await synced(run, [pod("a", 1)], "1");
    const aborting = new AbortController();
    await expect(run.watch.run({ signal: aborting.signal })[Symbol.asyncIterator]().next()).rejects.toThrow(
      "already running",
    );
    await run.changes[Symbol.asyncDispose]();
    await watch.closed;
    await using again = new ChangesOf(run.watch);
    const taken = again.take(2);
    (await run.server.next()).event("ADDED", pod("a", 2)).listed("2");
    expect(await taken).toEqual(["set a#a@2", "synced"]);
  });
});

describe("faults", () => {
  test.each<[string, (watch: Exchange) => void]>([
    ["a line cut short", (watch) => watch.raw('{"type":"MODIFIED","object":{"metada').end()],
    ["a connection that breaks within a line", (watch) => watch.raw('{"type":"MODIFIED"').cut()],
    ["a garbage line", (watch) => watch.raw("<html>\n")],
    ["an event without an object", (watch) => watch.raw('{"type":"MODIFIED"}\n')],
    ["an object without a UID", (watch) => watch.event("ADDED", { metadata: { name: "x", resourceVersion: "6" } })],
    [
      "bytes that are no UTF-8",
      (watch) =>
        watch.raw(
          Buffer.from(`${JSON.stringify({ type: "MODIFIED", object: pod("a", 6, { note: "ÿ" }) })}\n`, "latin1"),
        ),
    ],
    ["an error event", (watch) => watch.event("ERROR", { kind: "Status", code: 500, reason: "InternalError" })],
    ["an end without any event", (watch) => watch.end()],
    ["a throttled watch", (watch) => watch.status(429, "TooManyRequests")],
    ["a gateway's error page", (watch) => watch.text("<html>502</html>", 502)],
  ])("%s loses no object: the watch goes on from the last version", async (_, fault) => {
    await using run = await watching();
    const watch = await synced(run, [pod("a", 1)], "5");
    const taken = run.changes.take(1);
    watch.end();
    fault(await run.server.next());
    const resumed = await run.server.next();
    expect(resumed.query["resourceVersion"]).toBe("5");
    expect(resumed.query).not.toHaveProperty("sendInitialEvents");
    resumed.event("MODIFIED", pod("a", 6));
    expect(await taken).toEqual(["set a#a@6"]);
  });

  test("a line that stays unreadable is stepped over by a list", async () => {
    await using run = await watching();
    let watch = await synced(run, [pod("a", 1)], "5");
    const taken = run.changes.take(2);
    for (let count = 0; count < 3; count++) {
      watch.raw("garbage\n");
      watch = await run.server.next();
    }
    expect(watch.query["sendInitialEvents"]).toBe("true");
    watch.event("ADDED", pod("a", 7)).listed("8");
    expect(await taken).toEqual(["set a#a@7", "synced"]);
  });

  test("characters and lines split between chunks, and an event of 10 MB, arrive whole", async () => {
    await using run = await watching();
    const watch = await synced(run, [], "5");
    const taken = run.changes.next();
    const note = `${"ä€😀".repeat(10)}${"x".repeat(10_000_000)}`;
    const line = Buffer.from(`${JSON.stringify({ type: "ADDED", object: pod("a", 6, { note }) })}\n`);
    for (let at = 0; at < 400; at++) watch.raw(line.subarray(at, at + 1));
    watch.raw(line.subarray(400));
    expect(await taken).toMatchObject({ object: { metadata: { annotations: { note } } } });
  });

  test("a silent watch is opened again from the last version, for a short time, until something happens", async () => {
    await using run = await watching({ silenceMs: 100 });
    const watch = await synced(run, [pod("a", 1)], "5");
    const taken = run.changes.take(2);
    await watch.closed;
    const short = await run.server.next();
    expect(short.query).toMatchObject({ resourceVersion: "5", timeoutSeconds: "1" });
    short.bookmark("8");
    await short.closed;
    const second = await run.server.next();
    expect(second.query).toMatchObject({ resourceVersion: "8", timeoutSeconds: "1" });
    second.event("MODIFIED", pod("a", 9)).end();
    const long = await run.server.next();
    expect(Number(long.query["timeoutSeconds"])).toBeGreaterThanOrEqual(300);
    long.event("MODIFIED", pod("a", 10));
    expect(await taken).toEqual(["set a#a@9", "set a#a@10"]);
  });

  test("a reader that takes its time is not a silent server", async () => {
    await using server = await FakeApiServer.start();
    await using client = new KubernetesClient({ connection: server.connection() });
    const watch = new ObjectWatch({ client, resource: resources.pods, silenceMs: 40, ...quick });
    const aborting = new AbortController();
    const changes = watch.run({ signal: aborting.signal })[Symbol.asyncIterator]();
    const first = changes.next();
    const exchange = await server.next();
    exchange.event("ADDED", pod("a", 5)).listed("5");
    expect([(await first).value?.type, (await changes.next()).value?.type]).toEqual(["set", "synced"]);
    exchange.raw(
      ["6", "7"].map((version) => `${JSON.stringify({ type: "MODIFIED", object: pod("a", version) })}\n`).join(""),
    );
    expect(await changes.next()).toMatchObject({ value: { object: { metadata: { resourceVersion: "6" } } } });
    // Longer than the limit: here time itself is what is tested.
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await changes.next()).toMatchObject({ value: { object: { metadata: { resourceVersion: "7" } } } });
    const last = changes.next();
    exchange.event("MODIFIED", pod("a", 8));
    expect(await last).toMatchObject({ value: { object: { metadata: { resourceVersion: "8" } } } });
    aborting.abort();
    await changes.return?.();
  });

  test("a server that always fails is asked ever more rarely, and is found again", async () => {
    await using run = await watching({ backoff: { minMs: 40, maxMs: 80 } });
    const taken = run.changes.take(1);
    const startedAt = performance.now();
    for (let count = 0; count < 5; count++) (await run.server.next()).status(500, "InternalError");
    (await run.server.next()).listed("1");
    expect(await taken).toEqual(["synced"]);
    // At least half of 40 + 80 + 80 + 80 + 80 ms.
    expect(performance.now() - startedAt).toBeGreaterThan(180);
  });

  test("a version that the server never had leads to a list", async () => {
    await using run = await watching();
    const watch = await synced(run, [pod("a", 1)], "5");
    const taken = run.changes.take(1);
    watch.end();
    (await run.server.next()).status(504, "Timeout", { details: { causes: [{ reason: "ResourceVersionTooLarge" }] } });
    const relist = await run.server.next();
    relist.event("ADDED", pod("a", 1)).listed("5");
    expect(await taken).toEqual(["synced"]);
  });

  test("a list that cannot be read changes nothing and is asked for again", async () => {
    await using run = await watching();
    const taken = run.changes.take(3);
    (await run.server.next())
      .event("ADDED", pod("a", 1))
      .event("ADDED", { metadata: { name: "x", resourceVersion: "2" } })
      .listed("2");
    const again = await run.server.next();
    expect(again.query["sendInitialEvents"]).toBe("true");
    expect(run.watch.store.synced).toBe(false);
    again.event("ADDED", pod("a", 1)).event("ADDED", pod("x", 3)).listed("3");
    expect(await taken).toEqual(["set a#a@1", "set x#x@3", "synced"]);
  });

  test("lists that are all followed by a failure are asked for ever more rarely", async () => {
    await using run = await watching({ backoff: { minMs: 40, maxMs: 80 } });
    const startedAt = performance.now();
    for (let count = 0; count < 5; count++) {
      const list = await run.server.next();
      expect(list.query["sendInitialEvents"]).toBe("true");
      list.listed("5").event("ERROR", { kind: "Status", code: 410, reason: "Expired" }).end();
    }
    await run.server.next();
    // At least half of 40 + 80 + 80 + 80 + 80 ms.
    expect(performance.now() - startedAt).toBeGreaterThan(180);
  });

  test.each([
    ["a day", "86400"],
    ["more than a timer can count", "99999999999"],
  ])("a server that asks for a pause of %s gets the longest of ours", async (_, seconds) => {
    await using run = await watching({ backoff: { minMs: 100, maxMs: 200 } });
    const watch = await synced(run, [pod("a", 1)], "5");
    const taken = run.changes.take(1);
    watch.end();
    (await run.server.next()).status(429, "TooManyRequests", { headers: { "retry-after": seconds } });
    const refusedAt = performance.now();
    (await run.server.next()).event("MODIFIED", pod("a", 6));
    expect(performance.now() - refusedAt).toBeGreaterThanOrEqual(190);
    expect(await taken).toEqual(["set a#a@6"]);
  });
});
