import { expect, test } from "vitest";
import { faultTable } from "../../src/results/fault-table.ts";
import { reliabilityDocument } from "../../src/results/reliability-document.ts";
import { mergedRecord } from "../../src/results/scenario-record.ts";
import { scenarioResults } from "../../src/results/scenario-result.ts";

const guards = [{ file: "packages/controllers/src/queue/work-queue.ts", from: "a", to: "b" }];
const fault = (number: string, more: object = {}) => ({
  number,
  title: `fault ${number}`,
  expected: "Nothing is given up.",
  guards,
  ...more,
});
const reported = (
  number: string,
  more: { readonly status: string; readonly meta?: object; readonly why?: string },
) => ({
  fullName: `[${number}] fault ${number}`,
  status: more.status,
  failureMessages: more.why ? [more.why] : [],
  meta: { fault: fault(number, more.meta) },
});
const report = JSON.stringify({
  testResults: [
    {
      name: "/somewhere/backend.test.ts",
      assertionResults: [
        reported("37", { status: "passed", meta: { isRun: true, seen: "20 pods" } }),
        reported("08", { status: "failed", meta: { isRun: true }, why: "Error: a second start\n    at …" }),
        reported("46", { status: "skipped" }),
        { fullName: "no scenario", status: "passed", meta: {} },
      ],
    },
  ],
});

test("the scenarios of a report are read in the order of their numbers, failures by their first line", () => {
  expect(scenarioResults(report)).toEqual([
    expect.objectContaining({ number: "08", outcome: "failed", failure: "Error: a second start" }),
    expect.objectContaining({ number: "37", outcome: "passed", seen: "20 pods", name: "[37] fault 37" }),
    expect.objectContaining({ number: "46", outcome: "skipped" }),
  ]);
  expect(scenarioResults("{}")).toEqual([]);
});

test("the table tells what was seen, says FAILED, and leaves out what was not begun", () => {
  expect(`\n${faultTable(scenarioResults(report), 80)}`).toBe(`
no.   scenario               expected                   seen
────  ─────────────────────  ─────────────────────────  ───────────────────────
08    fault 08               Nothing is given up.       FAILED: Error: a second
                                                        start
37    fault 37               Nothing is given up.       20 pods`);
});

test("a record keeps what was seen before of scenarios that are left out, and forgets those that are no more", () => {
  const results = scenarioResults(report).filter(({ outcome }) => outcome !== "failed");
  const title = (number: string) => ({ number, title: `fault ${number}`, expected: "", guards: [] });
  const before = [
    { ...title("46"), seen: "one stopped" },
    { ...title("99"), seen: "nothing" },
  ];
  expect(mergedRecord(before, results).map(({ number, seen }) => [number, seen])).toEqual([
    ["37", "20 pods"],
    ["46", "one stopped"],
  ]);
});

test("a run with a failure is not recorded", () => {
  expect(() => mergedRecord([], scenarioResults(report))).toThrow("Scenario 08 failed");
});

test("the page keeps its prose, and its table is written anew", () => {
  const marks = ["<!-- scenarios: written by npm run faults -- --record -->", "<!-- end of scenarios -->"] as const;
  const page = `before\n\n${marks[0]}\n\nold\n\n${marks[1]}\n\nafter\n`;
  const record = { number: "37", title: "a|b", expected: "Nothing is lost.", guards: ["a/b.ts"], seen: "20 pods" };
  expect(reliabilityDocument(page, [record])).toBe(`before

${marks[0]}

|  | scenario | promise | kept by | seen |
| --- | --- | --- | --- | --- |
| 37 | a\\|b | Nothing is lost. | [b.ts](../a/b.ts) | 20 pods |

${marks[1]}

after
`);
  expect(() => reliabilityDocument("nothing", [])).toThrow("lacks the lines");
});
