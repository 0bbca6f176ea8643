import { expect, test } from "vitest";
import { Backoff } from "../../src/watch/backoff.ts";

test("it doubles from 0.8 s to 30 s, with jitter, and starts again after two minutes of health", () => {
  const backoff = new Backoff();
  let now = 0;
  const nominal = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];
  const delays = nominal.map(() => {
    const delayMs = backoff.next(now);
    now += delayMs;
    return delayMs;
  });
  for (const [index, delayMs] of delays.entries()) {
    expect(delayMs / (nominal[index] ?? 0)).toBeGreaterThanOrEqual(0.5);
    expect(delayMs / (nominal[index] ?? 0)).toBeLessThanOrEqual(1.5);
  }
  expect(new Set(delays.map((delayMs, index) => delayMs / (nominal[index] ?? 1))).size).toBeGreaterThan(1);
  expect(backoff.next(now + 119_000)).toBeGreaterThanOrEqual(15_000);
  expect(backoff.next(now + 119_000 + 45_000 + 120_000)).toBeLessThanOrEqual(1200);
});
