import { describe, expect, test } from "vitest";
import { pause, unlessAborted } from "../src/pause.ts";

describe("pause", () => {
  test("is not over at once when it is longer than a timer may be", async () => {
    const controller = new AbortController();
    const paused = pause(2 ** 31, controller.signal).catch((error: unknown) => error);
    const short = pause(20, controller.signal).then(() => "short");
    expect(await Promise.race([paused, short])).toBe("short");
    controller.abort("enough");
    expect(await paused).toBe("enough");
  });
});

describe("unlessAborted", () => {
  test("leaves no rejection unhandled of what was begun under a signal that was aborted already", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    try {
      const signal = AbortSignal.abort("early");
      await expect(unlessAborted(Promise.reject(new Error("late")), signal)).rejects.toBe("early");
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});
