import { expect, test } from "vitest";
import { inPairs } from "../../src/packed/in-pairs.ts";

test("does everything once, and never three things at a time", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await inPairs([1, 2, 3, 4, 5], async (item) => {
    most = Math.max(most, (running += 1));
    await new Promise(setImmediate);
    running -= 1;
    done.push(item);
  });
  expect(new Set(done)).toEqual(new Set([1, 2, 3, 4, 5]));
  expect(done).toHaveLength(5);
  expect(most).toBe(2);
});

test("fails when one of them fails", async () => {
  await expect(
    inPairs([1, 2, 3], (item) => (item === 2 ? Promise.reject(new Error("two")) : Promise.resolve())),
  ).rejects.toThrow("two");
});
