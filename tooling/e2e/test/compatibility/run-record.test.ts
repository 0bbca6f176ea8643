import { describe, expect, test } from "vitest";
import { type RunRecord, mergedRecord, runRecord } from "../../src/compatibility/run-record.ts";

interface Told {
  readonly fullName: string;
  readonly status: string;
  readonly meta?: { readonly reason?: string };
}

function report(files: Readonly<Record<string, readonly Told[]>>): string {
  const testResults = Object.entries(files).map(([file, assertionResults]) => ({
    name: `/somewhere/test/${file}.test.ts`,
    assertionResults,
  }));
  return JSON.stringify({ testResults });
}

describe("the record of a run", () => {
  test("has the outcome of each case by its file and name, and why it was skipped", () => {
    const told = report({
      pods: [
        { fullName: "kubectl 1.28: get", status: "passed", meta: {} },
        { fullName: " a pod runs", status: "failed" },
      ],
      jobs: [{ fullName: "a Job ends", status: "skipped", meta: { reason: "waits for “More”" } }],
    });
    expect(runRecord({ name: "1.37.2", release: "1.37.2" }, told)).toEqual({
      target: "1.37",
      release: "1.37.2",
      files: {
        jobs: { "a Job ends": { outcome: "skipped", reason: "waits for “More”" } },
        pods: { "kubectl 1.28: get": { outcome: "passed" }, "a pod runs": { outcome: "failed" } },
      },
    });
  });

  test.each([
    ["was no run", "{}"],
    ["did not load", report({ pods: [] })],
  ])("tells nothing of what %s", (_, told) => {
    expect(runRecord({ name: "embedded" }, told)).toEqual({ target: "embedded", files: {} });
  });

  test("is not made of a run that left cases out without a reason", () => {
    const told = report({ pods: [{ fullName: "a pod runs", status: "skipped", meta: {} }] });
    expect(() => runRecord({ name: "embedded" }, told)).toThrow('"a pod runs" was left out of the run');
  });
});

describe("a run of some files", () => {
  const known = (release: string, files: RunRecord["files"]): RunRecord => ({ target: "1.37", release, files });
  const before = known("1.37.2", { jobs: { old: { outcome: "passed" } }, pods: { old: { outcome: "passed" } } });

  test("leaves what is known of the others, and replaces these as a whole", () => {
    const now = known("1.37.2", { pods: { new: { outcome: "failed" } } });
    expect(mergedRecord(before, now).files).toEqual({
      jobs: { old: { outcome: "passed" } },
      pods: { new: { outcome: "failed" } },
    });
  });

  test("is all that is known of another release", () => {
    const now = known("1.37.3", { pods: { new: { outcome: "passed" } } });
    expect(mergedRecord(before, now)).toEqual(now);
  });
});
