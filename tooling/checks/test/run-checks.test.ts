import { expect, test } from "vitest";
import type { Check } from "../src/check.ts";
import { runChecks } from "../src/run-checks.ts";

test("prints a line for each check, one for each violation, and the count", async () => {
  const lines: string[] = [];
  const good: Check = { name: "good", promise: "all is well", run: () => [] };
  const bad: Check = {
    name: "bad",
    promise: "b is better",
    run: () => Promise.resolve([{ path: "b.ts", line: 3, message: "is worse" }]),
  };
  expect(await runChecks([good, bad], new Map(), (line) => lines.push(line))).toBe(1);
  expect(lines).toEqual(["✓ good: all is well", "✗ bad: b is better", "    b.ts:3  is worse", "1 passed, 1 failed"]);
});
