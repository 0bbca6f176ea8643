import { expect, test } from "vitest";
import { compatibilityDocument } from "../../src/compatibility/compatibility-document.ts";
import type { CaseRecord, RunRecord } from "../../src/compatibility/run-record.ts";

const passed: CaseRecord = { outcome: "passed" };
const failed: CaseRecord = { outcome: "failed" };
const waits: CaseRecord = { outcome: "skipped", reason: "waits for “More”" };

const sections = (records: readonly RunRecord[]): string[] =>
  compatibilityDocument(records)
    .split(/\n\n(?=##|\[\^)/)
    .slice(1);

const embedded: RunRecord = { target: "embedded", files: { pods: { "a pod | runs": passed } } };
const newest: RunRecord = {
  target: "1.37",
  release: "1.37.2",
  files: {
    "kubectl-skew": {
      "kubectl 1.28: get": passed,
      "kubectl 1.28: exec": waits,
      "kubectl 1.36: get": passed,
      "kubectl 1.36: exec": passed,
    },
    pods: { "a pod ends": waits, "a pod | runs": failed },
  },
};
const oldest: RunRecord = {
  target: "1.32",
  release: "1.32.2",
  files: { "kubectl-skew": { "kubectl 1.28: get": passed, "kubectl 1.28: exec": waits }, pods: {} },
};
const between: RunRecord = { target: "1.35", release: "1.35.4", files: {} };

test("tells for each case what became of it on each target, and each reason once", () => {
  expect(sections([newest, embedded])).toEqual([
    "## Kubernetes versions",
    [
      "### Pods\n",
      "|  | embedded | 1.37.2 |",
      "| --- | :-: | :-: |",
      "| a pod ends |  | [^1] |",
      "| a pod \\| runs | ✓ | ✗ |",
    ].join("\n"),
    expect.stringContaining("## kubectl versions"),
    "[^1]: Waits for “More”.\n",
  ]);
});

test("tells what each kubectl does with the oldest and the newest control plane", () => {
  expect(sections([newest, between, oldest]).at(-2)).toBe(
    [
      "## kubectl versions\n",
      "Each kubectl with the oldest and the newest control plane.\n",
      "|  | 1.28 on 1.32 | 1.36 on 1.32 | 1.28 on 1.37 | 1.36 on 1.37 |",
      "| --- | :-: | :-: | :-: | :-: |",
      "| get | ✓ |  | ✓ | ✓ |",
      "| exec | [^1] |  | [^1] | ✓ |",
    ].join("\n"),
  );
});
