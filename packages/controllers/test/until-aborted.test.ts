import { memoryUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { untilAborted } from "../src/until-aborted.ts";

describe("untilAborted", () => {
  test("keeps nothing of what was yielded, however long the signal lives", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    async function* source() {
      for (let index = 0; ; index++) yield { index };
    }
    const values = untilAborted(source(), new AbortController().signal);
    const bytesAfter = async (count: number) => {
      for (let index = 0; index < count; index++) await values.next();
      collect();
      return memoryUsage().heapUsed;
    };
    const before = await bytesAfter(1_000);
    expect((await bytesAfter(20_000)) - before).toBeLessThan(1_000_000);
    await values.return();
  });

  test("ends with the signal although the source hangs, and passes its failure on", async () => {
    const ending = new AbortController();
    const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const next = untilAborted(hanging, ending.signal).next();
    ending.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    const failing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("broken")) }) };
    await expect(untilAborted(failing, new AbortController().signal).next()).rejects.toThrow("broken");
  });

  test("lets timers run while a source never pauses", async () => {
    const forMs = 2_000;
    async function* flood() {
      for (const startedAtMs = performance.now(); performance.now() - startedAtMs < forMs;) yield startedAtMs;
    }
    const startedAtMs = performance.now();
    for await (const _ of untilAborted(flood(), AbortSignal.timeout(10)));
    expect(performance.now() - startedAtMs).toBeLessThan(forMs);
  });

  test("takes the promise of a source, which may fail or hang too, and says what is none", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(Promise.resolve([1]), signal).next()).toEqual({ done: false, value: 1 });
    await expect(untilAborted(Promise.reject(new Error("not open")), signal).next()).rejects.toThrow("not open");
    await expect(untilAborted(5 as never, signal).next()).rejects.toThrow(
      "gave number where an async iterable belongs",
    );
    await expect(untilAborted(undefined as never, signal).next()).rejects.toThrow("gave undefined where");
    const ending = new AbortController();
    const next = untilAborted(new Promise<never>(() => {}), ending.signal).next();
    ending.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});
