import { expect, test } from "vitest";
import { caseResults } from "../../src/results/case-result.ts";
import { countOf, resultLines } from "../../src/results/result-lines.ts";

const area = "[sig-node] Secrets";
const aCase = (name: string) => ({ name: `${area} ${name}`, area });
const reported = [
  { ...aCase("passes"), state: "passed", seconds: 1 },
  { ...aCase("fails"), state: "failed", message: "\nTimed out after 1 s.\nThe function passed to", seconds: 1 },
  { ...aCase("panics"), state: "panicked", seconds: 1 },
  { ...aCase("is for Windows"), state: "skipped", message: "Only for Windows", seconds: 1 },
  { ...aCase("was left out"), state: "skipped", seconds: 0 },
  { ...aCase("is none of ours"), state: "failed", seconds: 0 },
];
const choice = {
  run: ["passes", "fails", "panics", "is for Windows", "was left out", "is lost"].map(aCase),
  notApplicable: [{ ...aCase("needs git"), reason: "there is no git" }],
};

test("every case that was chosen has a result, and what is not known to have passed has failed", () => {
  const results = caseResults(choice, reported);
  expect(results.map(({ name, outcome, reason }) => [name.slice(area.length + 1), outcome, reason])).toEqual([
    ["passes", "passed", undefined],
    ["fails", "failed", "Timed out after 1 s."],
    ["panics", "failed", "it panicked"],
    ["is for Windows", "skipped", "Only for Windows"],
    ["was left out", "failed", "it was skipped, and the suite does not say why"],
    ["is lost", "failed", "the suite does not say what became of it"],
    ["needs git", "not applicable", "there is no git"],
  ]);
  expect(countOf(results)).toMatchObject({ passed: 1, failed: 4 });
  expect(resultLines(results).at(-1)).toBe("1 passed, 4 failed, 1 skipped, 1 not applicable");
});
