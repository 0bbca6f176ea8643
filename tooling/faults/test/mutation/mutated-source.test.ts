import { expect, test } from "vitest";
import { mutatedSource } from "../../src/mutation/mutated-source.ts";
import { mutationVerdict } from "../../src/mutation/mutation-verdict.ts";
import type { ScenarioResult } from "../../src/results/scenario-result.ts";

const text = "export function isOld(age: number): boolean {\n  return age > 3;\n}\n";
const guard = { file: "old.ts", from: "age > 3", to: "false" };

test("a guard is replaced literally", () => {
  expect(mutatedSource(text, guard)).toBe(text.replace("age > 3", "false"));
  expect(mutatedSource(text, { ...guard, to: '"$&" === ""' })).toContain('return "$&" === "";');
});

test("a guard that does not stand there once is refused", () => {
  expect(() => mutatedSource(text, { ...guard, from: "age" })).toThrow("stands 2 times");
  expect(() => mutatedSource(text, { ...guard, from: "years" })).toThrow("stands 0 times");
});

test("a replacement that leaves no program is refused", () => {
  expect(() => mutatedSource(text, { ...guard, to: "(" })).toThrow("no program any more");
});

const result: ScenarioResult = {
  number: "08",
  title: "",
  expected: "",
  guards: [],
  file: "",
  name: "",
  outcome: "failed",
  isRun: true,
};

test.each([
  ["caught", { ...result, failure: "AssertionError: expected 2 to be 1" }],
  ["caught", { ...result, failure: "Error: Test timed out in 60000ms." }],
  ["survived", { ...result, outcome: "passed" as const }],
  ["broken", { ...result, failure: "ReferenceError: age is not defined" }],
  ["broken", { ...result, outcome: "skipped" as const, isRun: false }],
  ["broken", undefined],
])("%s: %j", (verdict, found) => {
  expect(mutationVerdict(found).verdict).toBe(verdict);
});
