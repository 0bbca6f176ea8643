import { describe, expect, test } from "vitest";
import { mergedRecord } from "../../src/results/conformance-record.ts";

const area = "[sig-node] Secrets";
const other = "[sig-node] ConfigMap";
const passed = (name: string, of = area) => ({ name, area: of, outcome: "passed" as const, seconds: 1 });
const known = ["c", "a", "b"];
const before = mergedRecord(undefined, { release: "1.37.2", known, results: [passed("a"), passed("c", other)] });

describe("the record of a run", () => {
  test("is in the order of the suite, by area", () => {
    expect(before).toEqual({
      release: "1.37.2",
      areas: { [other]: { c: { outcome: "passed" } }, [area]: { a: { outcome: "passed" } } },
    });
  });

  test("of some cases changes what is known of these alone, and forgets what the suite no longer has", () => {
    const failed = { ...passed("a"), outcome: "failed" as const, reason: "it rained" };
    const after = mergedRecord(before, { release: "1.37.2", known: ["a", "b"], results: [failed, passed("b")] });
    expect(after.areas).toEqual({
      [area]: { a: { outcome: "failed", reason: "it rained" }, b: { outcome: "passed" } },
    });
  });

  test("of another release begins anew", () => {
    const after = mergedRecord(before, { release: "1.38.0", known, results: [passed("b")] });
    expect(after).toEqual({ release: "1.38.0", areas: { [area]: { b: { outcome: "passed" } } } });
  });
});
