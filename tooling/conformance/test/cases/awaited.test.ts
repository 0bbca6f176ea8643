import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { awaited } from "../../src/cases/awaited.ts";
import type { ConformanceRecord } from "../../src/results/conformance-record.ts";

test("each reason is that of a case which failed when it was last run, and each that failed has one", () => {
  const file = new URL("../../records/conformance.json", import.meta.url);
  const { areas } = JSON.parse(readFileSync(file, "utf8")) as ConformanceRecord;
  const cases = Object.values(areas).flatMap((area) => Object.entries(area));
  const failed = cases.filter(([, { outcome }]) => outcome === "failed").map(([name]) => name);
  for (const { matches, reason } of awaited) expect(failed.some((name) => matches.test(name))).toBe(reason !== "");
  expect(failed.filter((name) => !awaited.some(({ matches }) => matches.test(name)))).toEqual([]);
});
