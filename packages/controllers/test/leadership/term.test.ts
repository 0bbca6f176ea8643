import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Stopwatch } from "../../src/leadership/stopwatch.ts";
import { Term } from "../../src/leadership/term.ts";

const uptime = vi.hoisted(() => ({ aheadMs: 0 }));
vi.mock("node:os", () => ({
  uptime: () => (performance.now() + uptime.aheadMs) / 1_000,
}));

beforeEach(() => {
  uptime.aheadMs = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => void vi.useRealTimers());

const over = expect.objectContaining({ code: "Unavailable", message: expect.stringContaining("does not act") });

describe("a term", () => {
  test("is over at the deadline, and says so by its signal", () => {
    const term = new Term({ deadlineMs: 10_000, asked: new Stopwatch() });
    vi.advanceTimersByTime(9_999);
    expect(term.isOver).toBe(false);
    vi.advanceTimersByTime(1);
    expect(term.signal.reason).toEqual(over);
    expect(() => term.throwIfOver()).toThrow(over);
  });

  test("counts from when the renewal was asked for, not from its answer", () => {
    const term = new Term({ deadlineMs: 10_000, asked: new Stopwatch() });
    vi.advanceTimersByTime(5_000);
    const asked = new Stopwatch();
    vi.advanceTimersByTime(4_000);
    term.extend(asked);
    expect(term.remainingMs).toBe(6_000);
    vi.advanceTimersByTime(6_000);
    expect(term.isOver).toBe(true);
  });

  test("is over for a process that was stopped, before any timer has fired", () => {
    const term = new Term({ deadlineMs: 10_000, asked: new Stopwatch() });
    const passed = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 10_000);
    expect(() => term.throwIfOver()).toThrow(over);
    expect(term.signal.aborted).toBe(true);
    passed.mockRestore();
  });

  test("is over for a process whose host was suspended", () => {
    const term = new Term({ deadlineMs: 10_000, asked: new Stopwatch() });
    uptime.aheadMs = 10_000;
    expect(() => term.throwIfOver()).toThrow(over);
  });

  test("is not begun again by a renewal whose answer comes too late", () => {
    const term = new Term({ deadlineMs: 10_000, asked: new Stopwatch() });
    const asked = new Stopwatch();
    vi.advanceTimersByTime(10_000);
    term.extend(new Stopwatch());
    term.extend(asked);
    expect(term.isOver).toBe(true);
    expect(term.remainingMs).toBe(0);
  });

  test("ends when another agent has taken the lease", () => {
    const term = new Term({ deadlineMs: 10_000, asked: new Stopwatch() });
    term.end("the lease is held by another");
    expect(() => term.throwIfOver()).toThrow("held by another");
  });
});
