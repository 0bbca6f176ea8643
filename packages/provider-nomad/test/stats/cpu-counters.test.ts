import { expect, test } from "vitest";
import { CpuCounters } from "../../src/stats/cpu-counters.ts";

test("what is used is added up from reading to reading, and never falls", () => {
  const counters = new CpuCounters();
  const read = (timeMs: number, nanoCores: number): number | undefined =>
    counters.count("a", { timeMs, nanoCores }).cpu.usageCoreNanoSeconds;
  expect(read(1_000, 100)).toBe(0);
  expect(read(3_000, 300)).toBe(400);
  expect(read(3_000, 900)).toBe(400);
  expect(read(2_000, 900)).toBe(400);
  expect(read(4_000, 0)).toBe(550);
});

test("a counter starts when it is first read, and what is read no more is forgotten", () => {
  const counters = new CpuCounters();
  counters.count("a", { timeMs: 1_000, nanoCores: 100 });
  counters.sweep();
  expect(counters.count("a", { timeMs: 2_000, nanoCores: 100 }).startTime).toBe("1970-01-01T00:00:01.000Z");
  counters.sweep();
  counters.sweep();
  expect(counters.count("a", { timeMs: 3_000, nanoCores: 100 }).startTime).toBe("1970-01-01T00:00:03.000Z");
});
