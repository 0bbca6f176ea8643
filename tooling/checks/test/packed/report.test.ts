import { expect, test } from "vitest";
import { Report } from "../../src/packed/report.ts";

test("counts what passed and what failed, and prints figures and reasons", async () => {
  const lines: string[] = [];
  const report = new Report({ print: (line) => lines.push(line.replace(/\d+\.\d s/, "0.1 s")) });
  expect(await report.check("is small", () => Promise.resolve("3 MB"))).toBe(true);
  expect(await report.check("runs", () => Promise.reject(new Error("it did not\nsee there")))).toBe(false);
  report.end();
  expect(report.failed).toBe(1);
  expect(lines).toEqual([
    "✓ is small: 3 MB (0.1 s)",
    "✗ runs (0.1 s)\n    it did not\n    see there",
    "1 passed, 1 failed",
  ]);
});
