import { expect, test } from "vitest";
import { News } from "../../src/context/news.ts";

const signal = AbortSignal.timeout(5_000);

test("news reaches all who wait, and who looked before it came", async () => {
  const news = new News();
  const waiting = [news.after(0, { signal }), news.after(0, { signal })];
  news.tell();
  expect(await Promise.all(waiting)).toEqual([true, true]);
  expect(await news.after(0, { signal })).toBe(true);
  expect(news.count).toBe(1);
});

test("who waits for a time is told when it is up", async () => {
  expect(await new News().after(0, { signal, timeoutMs: 5 })).toBe(false);
});

test("who gives up is kept no longer", async () => {
  const giveUp = new AbortController();
  const waiting = new News().after(0, { signal: giveUp.signal });
  giveUp.abort(new Error("given up"));
  await expect(waiting).rejects.toThrow("given up");
  await expect(new News().after(0, { signal: giveUp.signal })).rejects.toThrow("given up");
});
