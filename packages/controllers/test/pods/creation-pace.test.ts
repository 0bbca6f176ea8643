import { ProviderError } from "@virtual-kubelet/provider";
import { expect, onTestFinished, test, vi } from "vitest";
import { CreationPace } from "../../src/pods/creation-pace.ts";

const { signal } = new AbortController();

test("all creations run at once as long as nothing is said against it", async () => {
  const pace = new CreationPace();
  const end = Promise.withResolvers<void>();
  let running = 0;
  const all = Array.from({ length: 100 }, () =>
    pace.take(
      async () => {
        running++;
        await end.promise;
      },
      { signal },
    ),
  );
  await Promise.resolve();
  expect(running).toBe(100);
  end.resolve();
  await Promise.all(all);
});

test("one that is throttled makes the others wait as long as the backend asked, and go on in the order in which they came", async () => {
  const pace = new CreationPace();
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 100 });
  await expect(pace.take(() => Promise.reject(throttled), { signal })).rejects.toBe(throttled);
  const startedAt = performance.now();
  const order: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    [1, 2, 3, 4].map((number) =>
      pace.take(
        async () => {
          most = Math.max(most, ++running);
          order.push(number);
          await Promise.resolve();
          running--;
        },
        { signal },
      ),
    ),
  );
  // Timers may be a little early by another clock.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(90);
  expect(order).toEqual([1, 2, 3, 4]);
  expect(most).toBeLessThan(4);
});

test("who waits and is aborted leaves the line to the others", async () => {
  const pace = new CreationPace();
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 50 });
  await pace.take(() => Promise.reject(throttled), { signal }).catch(() => {});
  const leaving = new AbortController();
  const first = pace.take(() => Promise.resolve("first"), { signal: leaving.signal });
  const second = pace.take(() => Promise.resolve("second"), { signal });
  leaving.abort(new Error("deleted"));
  await expect(first).rejects.toThrow("deleted");
  await expect(second).resolves.toBe("second");
});

test("many that are throttled together halve the number at once, and it grows again", async () => {
  const pace = new CreationPace();
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 50 });
  const refused = Array.from({ length: 64 }, () => pace.take(() => Promise.reject(throttled), { signal }));
  await Promise.allSettled(refused);
  let running = 0;
  let most = 0;
  const create = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
  };
  await Promise.all(Array.from({ length: 64 }, () => pace.take(create, { signal })));
  expect(most).toBeGreaterThanOrEqual(32);
  expect(most).toBeLessThan(64);
  await Promise.all(Array.from({ length: 2_000 }, () => pace.take(create, { signal })));
  expect(most).toBeGreaterThan(64);
});

test("who has to wait says so, and who need not does not", async () => {
  const pace = new CreationPace();
  let aside = 0;
  const stepAside = (): void => void aside++;
  await pace.take(() => Promise.resolve(), { signal, stepAside });
  expect(aside).toBe(0);
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 20 });
  await pace.take(() => Promise.reject(throttled), { signal, stepAside }).catch(() => {});
  await pace.take(() => Promise.resolve(), { signal, stepAside });
  expect(aside).toBe(1);
});

test("a creation that hangs holds up no other, not even when the backend was throttling before", async () => {
  const pace = new CreationPace();
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 1 });
  await expect(pace.take(() => Promise.reject(throttled), { signal })).rejects.toBe(throttled);
  void pace.take(() => new Promise(() => {}), { signal });
  let isCreated = false;
  void pace.take(async () => void (isCreated = true), { signal });
  // As long as one key may hold a place of the queue.
  await vi.waitFor(() => expect(isCreated).toBe(true), { timeout: 7_000 });
}, 10_000);

test("nobody waits for ever when the pause ends between two looks at the clock", async () => {
  const pace = new CreationPace();
  const clock = vi.spyOn(performance, "now");
  onTestFinished(() => clock.mockRestore());
  clock.mockReturnValue(0);
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 50 });
  await expect(pace.take(() => Promise.reject(throttled), { signal })).rejects.toBe(throttled);
  // It is closed whenever one looks whether it is open, and the pause over when one looks how long it lasts.
  for (const nowMs of [49.9, 49.9]) clock.mockReturnValueOnce(nowMs);
  clock.mockReturnValue(50.1);
  await expect(pace.take(() => Promise.resolve("created"), { signal })).resolves.toBe("created");
}, 2_000);
