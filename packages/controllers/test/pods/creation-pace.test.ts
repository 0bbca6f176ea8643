import { ProviderError } from "@virtual-kubelet/provider";
import { expect, test } from "vitest";
import { CreationPace } from "../../src/pods/creation-pace.ts";

const { signal } = new AbortController();

test("all creations run at once as long as nothing is said against it", async () => {
  const pace = new CreationPace();
  const end = Promise.withResolvers<void>();
  let running = 0;
  const all = Array.from({ length: 100 }, () =>
    pace.take(async () => {
      running++;
      await end.promise;
    }, signal),
  );
  await Promise.resolve();
  expect(running).toBe(100);
  end.resolve();
  await Promise.all(all);
});

test("one that is throttled makes the others wait as long as the backend asked, and go on in the order in which they came", async () => {
  const pace = new CreationPace();
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 100 });
  await expect(pace.take(() => Promise.reject(throttled), signal)).rejects.toBe(throttled);
  const startedAt = performance.now();
  const order: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    [1, 2, 3, 4].map((number) =>
      pace.take(async () => {
        most = Math.max(most, ++running);
        order.push(number);
        await Promise.resolve();
        running--;
      }, signal),
    ),
  );
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(99);
  expect(order).toEqual([1, 2, 3, 4]);
  expect(most).toBeLessThan(4);
});

test("who waits and is aborted leaves the line to the others", async () => {
  const pace = new CreationPace();
  const throttled = new ProviderError("Throttled", "slow down", { retryAfterMs: 50 });
  await pace.take(() => Promise.reject(throttled), signal).catch(() => {});
  const leaving = new AbortController();
  const first = pace.take(() => Promise.resolve("first"), leaving.signal);
  const second = pace.take(() => Promise.resolve("second"), signal);
  leaving.abort(new Error("deleted"));
  await expect(first).rejects.toThrow("deleted");
  await expect(second).resolves.toBe("second");
});
