import { ProviderError, type ProviderErrorCode } from "@virtual-kubelet/provider";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RequestBudget } from "../../src/requests/request-budget.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const live = { signal: new AbortController().signal };
const limited = () =>
  new RequestBudget({
    classes: { read: { perSecond: 10, burst: 2, isIdempotent: true }, change: { isIdempotent: false } },
  });

/** Fails as it is told, once for each error, and then gives the number of attempts. */
function failing(...errors: readonly ProviderError[]) {
  let attempts = 0;
  return () => {
    const error = errors[attempts++];
    return error ? Promise.reject(error) : Promise.resolve(attempts);
  };
}
const failure = (code: ProviderErrorCode, retryAfterMs?: number) =>
  new ProviderError(code, "no", retryAfterMs === undefined ? {} : { retryAfterMs });

/** When each of some requests was sent, in milliseconds from now. */
async function timesOf(
  count: number,
  send: (attempt: () => Promise<void>) => Promise<void>,
): Promise<readonly number[]> {
  const begin = performance.now();
  const times: number[] = [];
  const sent = Array.from({ length: count }, () =>
    send(() => {
      times.push(Math.round(performance.now() - begin));
      return Promise.resolve();
    }),
  );
  await vi.runAllTimersAsync();
  await Promise.all(sent);
  return times;
}

describe("RequestBudget", () => {
  test("sends at the pace of a class, after a burst", async () => {
    const budget = limited();
    const times = await timesOf(5, (attempt) => budget.run("read", attempt, live));
    expect(times).toEqual([0, 0, 100, 200, 300]);
  });

  test("sends what has no limit at once", async () => {
    const budget = limited();
    expect(await timesOf(3, (attempt) => budget.run("change", attempt, live))).toEqual([0, 0, 0]);
  });

  test("gives up a request whose call ends before its turn, and keeps the pace of the others", async () => {
    const budget = limited();
    const controller = new AbortController();
    const calls = [live, live, live, { signal: controller.signal }, live];
    let given: Promise<unknown> = Promise.resolve();
    const sent = timesOf(calls.length, (attempt) => {
      const call = calls.shift() ?? live;
      const outcome = budget.run("read", attempt, call);
      if (call === live) return outcome;
      given = outcome.catch((error: unknown) => error);
      return given.then(() => {});
    });
    controller.abort();
    expect(await sent).toEqual([0, 0, 100, 200]);
    expect(await given).toMatchObject({ code: "DeadlineExceeded" });
  });

  test.each<["read" | "change", ProviderErrorCode, boolean]>([
    ["read", "Unavailable", true],
    ["read", "Throttled", true],
    ["read", "NotFound", false],
    ["read", "DeadlineExceeded", false],
    ["read", "Unauthorized", false],
    ["change", "Throttled", true],
    ["change", "Unavailable", false],
  ])("a request of the class %s that is %s is sent again: %s", async (name, code, isRepeated) => {
    const outcome = limited()
      .run(name, failing(failure(code)), live)
      .catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    expect(await outcome).toEqual(isRepeated ? 2 : failure(code));
  });

  test("waits longer each time, and not for ever", async () => {
    const begin = performance.now();
    const outcome = limited()
      .run("read", failing(...Array.from({ length: 4 }, () => failure("Unavailable"))), live)
      .catch(() => performance.now() - begin);
    await vi.runAllTimersAsync();
    expect(await outcome).toBe(500 + 1000 + 2000);
  });

  test("holds up all of a class for as long as the backend asks", async () => {
    const budget = limited();
    const begin = performance.now();
    const first = budget.run("read", failing(failure("Throttled", 3000)), live);
    await vi.advanceTimersByTimeAsync(1);
    const second = budget.run("read", () => Promise.resolve(performance.now() - begin), live);
    await vi.runAllTimersAsync();
    expect(await first).toBe(2);
    expect(await second).toBeGreaterThanOrEqual(3000);
  });

  test("fails at once, and says why, while a class is held up for too long", async () => {
    const budget = limited();
    await budget.run("read", failing(failure("Throttled", 60_000)), live).catch(() => {});
    await vi.advanceTimersByTimeAsync(20_000);
    const second = budget.run("read", failing(), live);
    await expect(second).rejects.toMatchObject({ code: "Throttled", retryAfterMs: 40_000 });
    await vi.advanceTimersByTimeAsync(35_000);
    const third = budget.run("read", failing(), live);
    await vi.runAllTimersAsync();
    expect(await third).toBe(1);
  });

  test("asks again in an hour though the backend has named a far day", async () => {
    const budget = limited();
    await budget.run("read", failing(failure("Throttled", Number.POSITIVE_INFINITY)), live).catch(() => {});
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await budget.run("read", failing(), live)).toBe(1);
  });

  test("does not wait for what is too far off: the node comes back", async () => {
    const error = failure("Throttled", 60_000);
    await expect(limited().run("read", failing(error), live)).rejects.toBe(error);
  });

  test("says what failed when the call ends while it waits", async () => {
    const controller = new AbortController();
    const error = failure("Unavailable");
    const outcome = limited()
      .run("read", failing(error), { signal: controller.signal })
      .catch((reason: unknown) => reason);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    expect(await outcome).toBe(error);
  });

  test("adds a tenth to the load at most when nothing works", async () => {
    const budget = new RequestBudget({ classes: { read: { isIdempotent: true } } });
    let attempts = 0;
    const attempt = () => {
      attempts++;
      return Promise.reject(failure("Unavailable"));
    };
    const all = Array.from({ length: 200 }, () => budget.run("read", attempt, live).catch(() => {}));
    await vi.runAllTimersAsync();
    await Promise.all(all);
    expect(attempts).toBeGreaterThan(200);
    expect(attempts).toBeLessThanOrEqual(200 + 10 + 20);
  });

  test("knows its classes", async () => {
    const budget: RequestBudget<string> = new RequestBudget<string>({ classes: {} });
    await expect(budget.run("other", () => Promise.resolve(), live)).rejects.toThrow('no class "other"');
  });
});
