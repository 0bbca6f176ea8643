import { subscribe, unsubscribe } from "node:diagnostics_channel";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { retryDelayMs } from "../../src/queue/retry-delay.ts";
import { WorkQueue, type WorkQueueOptions } from "../../src/queue/work-queue.ts";

const quick = { firstMs: 1, maxMs: 4 };

function queueOf(handle: WorkQueueOptions["handle"], options: Partial<WorkQueueOptions> = {}): WorkQueue {
  return new WorkQueue({ name: "test", concurrency: 2, retry: quick, handle, ...options });
}

async function isEmpty(queue: WorkQueue): Promise<void> {
  await vi.waitFor(() => expect(queue.size).toBe(0), { interval: 1, timeout: 2_000 });
}

describe("WorkQueue", () => {
  test("handles a key once however often it was added before", async () => {
    const handled: string[] = [];
    await using queue = queueOf(async (key) => void handled.push(key));
    for (let index = 0; index < 5; index++) queue.add("a");
    await isEmpty(queue);
    expect(handled).toEqual(["a"]);
  });

  test("handles a key once more that was added while it was handled, and never twice at once", async () => {
    let running = 0;
    let most = 0;
    let times = 0;
    await using queue: WorkQueue = queueOf(async (key) => {
      most = Math.max(most, ++running);
      if (++times === 1) queue.add(key);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    });
    queue.add("a");
    await isEmpty(queue);
    expect({ times, most }).toEqual({ times: 2, most: 1 });
  });

  test("tries again what failed, until it succeeds", async () => {
    let tries = 0;
    const failures: string[] = [];
    await using queue = queueOf(
      async () => {
        if (++tries < 30) throw new Error(`try ${tries}`);
        return undefined;
      },
      { onError: (_key, error) => failures.push((error as Error).message) },
    );
    queue.add("a");
    await isEmpty(queue);
    expect(tries).toBe(30);
    expect(failures).toHaveLength(29);
  });

  test.each([0, -1, Number.NaN])("does not spin when it is asked to wait %d ms", async (retryAfterMs) => {
    let tries = 0;
    await using queue = queueOf(
      async () => {
        if (++tries < 1_000) throw Object.assign(new Error("busy"), { retryAfterMs });
        return undefined;
      },
      { retry: { firstMs: 60_000, maxMs: 60_000 } },
    );
    queue.add("a");
    await vi.waitFor(() => expect(tries).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(tries).toBe(1);
  });

  test.each([1e12, Infinity])("neither spins nor gives up when it is asked to wait %d ms", async (retryAfterMs) => {
    const pauses: number[] = [];
    await using queue = queueOf(
      async () => {
        throw Object.assign(new Error("busy"), { retryAfterMs });
      },
      { onError: (_key, _error, retryInMs) => pauses.push(retryInMs) },
    );
    queue.add("a");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pauses).toEqual([3_600_000]);
    expect(queue.size).toBe(1);
  });

  test("does not spin when a handler that fails adds its own key, but lets what is urgent through", async () => {
    let tries = 0;
    await using queue: WorkQueue = queueOf(
      async (key) => {
        tries++;
        if (tries < 1_000) queue.add(key);
        throw new Error("no");
      },
      { retry: { firstMs: 60_000, maxMs: 60_000 } },
    );
    queue.add("a");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(tries).toBe(1);
    queue.add("a", { urgent: true });
    await vi.waitFor(() => expect(tries).toBe(2));
  });

  test("waits as long as the other side asked for", async () => {
    const pauses: number[] = [];
    await using queue = queueOf(
      async () => {
        if (pauses.length === 0) throw Object.assign(new Error("busy"), { retryAfterMs: 17 });
        return undefined;
      },
      { onError: (_key, _error, retryInMs) => pauses.push(retryInMs) },
    );
    queue.add("a");
    await isEmpty(queue);
    expect(pauses).toEqual([17]);
  });

  test("does not put off what is due sooner, and brings forward what is added for now", async () => {
    const handled: string[] = [];
    await using queue = queueOf(async (key) => void handled.push(key));
    queue.add("later", { delayMs: 60_000 });
    queue.add("later");
    queue.add("later", { delayMs: 60_000 });
    await vi.waitFor(() => expect(handled).toEqual(["later"]), { interval: 1 });
  });

  test("looks again when the handler asks for it", async () => {
    let times = 0;
    await using queue = queueOf(async () => (++times < 3 ? { againInMs: 1 } : undefined));
    queue.add("a");
    await isEmpty(queue);
    expect(times).toBe(3);
  });

  test("takes urgent keys first", async () => {
    const handled: string[] = [];
    const gate = Promise.withResolvers<void>();
    await using queue = queueOf(
      async (key) => {
        if (key === "first") await gate.promise;
        handled.push(key);
      },
      { concurrency: 1 },
    );
    queue.add("first");
    await new Promise((resolve) => setImmediate(resolve));
    queue.add("normal");
    queue.add("urgent", { urgent: true });
    gate.resolve();
    await isEmpty(queue);
    expect(handled).toEqual(["urgent", "first", "normal"]);
  });

  test("lends the place of a key that hangs to another", async () => {
    const handled: string[] = [];
    await using queue = queueOf(
      async (key, { signal }) => {
        if (key === "hangs") await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        handled.push(key);
      },
      { concurrency: 1, placeMs: 5 },
    );
    queue.add("hangs");
    queue.add("works");
    await vi.waitFor(() => expect(handled).toEqual(["works"]), { interval: 1 });
  });

  test("begins nothing more once it is disposed of, and waits for what runs", async () => {
    const handled: string[] = [];
    const queue = queueOf(async (key, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      handled.push(key);
    });
    queue.add("a");
    await new Promise((resolve) => setImmediate(resolve));
    await queue[Symbol.asyncDispose]();
    queue.add("b");
    expect(handled).toEqual(["a"]);
    expect(queue.size).toBe(0);
  });

  test("handles every key at least once after its last addition, whatever the order and the failures", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), fails: fc.boolean(), urgent: fc.boolean() }), {
          maxLength: 40,
        }),
        async (additions) => {
          const wanted = new Map<string, number>();
          const seen = new Map<string, number>();
          const failing: string[] = additions.filter(({ fails }) => fails).map(({ key }) => key);
          await using queue = queueOf(async (key) => {
            const version = wanted.get(key) ?? 0;
            const index = failing.indexOf(key);
            if (index >= 0) {
              failing.splice(index, 1);
              throw new Error("fails");
            }
            seen.set(key, version);
          });
          additions.forEach(({ key, urgent }, index) => {
            wanted.set(key, index);
            queue.add(key, { urgent });
          });
          await isEmpty(queue);
          expect(seen).toEqual(wanted);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("retryDelayMs", () => {
  test.each([
    { failures: 1, random: 1, expected: 100 },
    { failures: 1, random: 0, expected: 75 },
    { failures: 4, random: 1, expected: 800 },
    { failures: 9, random: 1, expected: 1_000 },
    { failures: 5_000, random: 1, expected: 1_000 },
  ])("after $failures failures is $expected ms", ({ failures, random, expected }) => {
    expect(retryDelayMs(failures, { firstMs: 100, maxMs: 1_000 }, random)).toBe(expected);
  });
});

describe("what a WorkQueue publishes", () => {
  test("tells when a key waits, begins and is done, and how many wait then", async () => {
    const seen: object[] = [];
    const listen = (message: unknown) => void seen.push(message as object);
    subscribe("virtual-kubelet:queue", listen);
    let tries = 0;
    {
      await using queue = queueOf(
        async () => {
          if (++tries === 1) throw new Error("once");
          return undefined;
        },
        { concurrency: 1 },
      );
      queue.add("a");
      queue.add("b");
      await isEmpty(queue);
    }
    unsubscribe("virtual-kubelet:queue", listen);
    const common = { queue: "test", instance: expect.any(Number) };
    const ms = expect.any(Number);
    expect(seen).toEqual([
      { ...common, event: "ready", depth: 1 },
      { ...common, event: "ready", depth: 2 },
      { ...common, event: "started", depth: 1, waitMs: ms },
      { ...common, event: "handled", depth: 1, durationMs: ms, failures: 1 },
      { ...common, event: "started", depth: 0, waitMs: ms },
      { ...common, event: "handled", depth: 0, durationMs: ms, failures: 0 },
      { ...common, event: "ready", depth: 1 },
      { ...common, event: "started", depth: 0, waitMs: ms },
      { ...common, event: "handled", depth: 0, durationMs: ms, failures: 0 },
      { ...common, event: "ended", depth: 0 },
    ]);
  });
});

test("a key that waits among others and becomes urgent goes before them, also when all places hang", async () => {
  const order: string[] = [];
  const hang = Promise.withResolvers<void>();
  await using queue = new WorkQueue({
    name: "test",
    concurrency: 1,
    retry: quick,
    handle: async (key) => {
      order.push(key);
      if (key === "hangs") await hang.promise;
      return undefined;
    },
  });
  for (const key of ["hangs", "first", "second"]) queue.add(key);
  await vi.waitFor(() => expect(order).toEqual(["hangs"]));
  queue.add("second", { urgent: true });
  await vi.waitFor(() => expect(order).toEqual(["hangs", "second"]));
  hang.resolve();
  await vi.waitFor(() => expect(order).toEqual(["hangs", "second", "first"]));
});

test("a key whose other side asked to be left alone is, whoever adds it, unless it becomes urgent", async () => {
  const at: number[] = [];
  await using queue = queueOf(async () => {
    at.push(performance.now());
    if (at.length === 1) throw Object.assign(new Error("throttled"), { retryAfterMs: 300 });
    return undefined;
  });
  queue.add("a");
  await vi.waitFor(() => expect(at).toHaveLength(1));
  queue.add("a");
  queue.retryNow();
  await vi.waitFor(() => expect(at).toHaveLength(2), { interval: 5 });
  // Timers may be a little early by another clock.
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(290);
});

test("what waits after a failure is tried at once when it is told to, however long its pause is", async () => {
  let tries = 0;
  await using queue = queueOf(
    async () => {
      if (++tries < 3) throw new Error("not yet");
      return undefined;
    },
    { retry: { firstMs: 1, maxMs: 60_000 } },
  );
  queue.add("a");
  await vi.waitFor(() => {
    queue.retryNow();
    expect(tries).toBe(3);
  });
});

test("a key that steps aside lets another have its place", async () => {
  const hold = Promise.withResolvers<void>();
  const handled: string[] = [];
  await using queue = queueOf(
    async (key, { stepAside }) => {
      handled.push(key);
      if (key === "waits") {
        stepAside();
        await hold.promise;
      }
      return undefined;
    },
    { concurrency: 1 },
  );
  queue.add("waits");
  queue.add("next");
  await vi.waitFor(() => expect(handled).toEqual(["waits", "next"]), { timeout: 1_000 });
  hold.resolve();
});
