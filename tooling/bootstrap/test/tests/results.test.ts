import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../src/local/checkout.ts";
import { addUp } from "../../src/tests/add-up.ts";
import { type KeptResult, resultOfOutput, resultOfVitest } from "../../src/tests/results.ts";

describe("the result", () => {
  test.each([
    [{ numPassedTests: 5, numFailedTests: 0, numFailedTestSuites: 0, success: true }, 5, 0],
    [{ numPassedTests: 5, numFailedTests: 2, numFailedTestSuites: 1, success: false }, 5, 2],
    [{ numPassedTests: 5, numFailedTests: 0, numFailedTestSuites: 3, success: false }, 5, 3],
    [{ numPassedTests: 5, numFailedTests: 0, numFailedTestSuites: 0, success: false }, 5, 1],
    [{}, 0, 1],
  ])("of vitest's report %j is %i passed and %i failed", (report, ...counts) => {
    const { passed, failed } = resultOfVitest("tests", JSON.stringify(report));
    expect([passed, failed]).toEqual(counts);
  });

  test("of vitest's report names what failed and why, a line each", () => {
    const failed = {
      fullName: "a pod > ends",
      status: "failed",
      failureMessages: ["Error: it \u001B[31mdid not\u001B[39m\n  at x"],
    };
    const testResults = [
      { name: "/x/a.test.ts", status: "failed", assertionResults: [failed, { fullName: "b", status: "passed" }] },
      { name: join(root, "tooling/b.test.ts"), status: "failed", message: "it has no end", assertionResults: [] },
    ];
    expect(resultOfVitest("tests", JSON.stringify({ numFailedTests: 1, testResults })).failures).toEqual([
      "a pod > ends: Error: it did not",
      "tooling/b.test.ts: it has no end",
    ]);
  });

  test.each([
    ["✓ a\n✗ b\n7 passed, 1 failed\n", { name: "checks", passed: 7, failed: 1, failures: ["b"] }],
    ["1 passed, 0 failed\n2 passed, 0 failed\n", { name: "checks", passed: 2, failed: 0, failures: [] }],
    ["all is well\n", undefined],
  ])("of the output %j is %j", (output, result) => {
    expect(resultOfOutput("checks", output)).toEqual(result);
  });
});

describe("the sum of all commands", () => {
  const unit: KeptResult = { command: "test", name: "tests", passed: 9, failed: 0 };
  const lint: KeptResult = { command: "test", name: "lint", passed: 0, failed: 1 };
  test.each<{ what: string; codes: Record<string, number>; kept: KeptResult[]; counts: [number, number] }>([
    { what: "a command that counts", codes: { test: 0 }, kept: [unit], counts: [9, 0] },
    { what: "a command that counts nothing and ends well", codes: { demo: 0 }, kept: [], counts: [1, 0] },
    { what: "commands that fail without counting it", codes: { test: 1, demo: 1 }, kept: [unit], counts: [9, 2] },
    { what: "a command that fails and has counted it", codes: { test: 1 }, kept: [unit, lint], counts: [9, 1] },
    { what: "results that no command of this run has left", codes: { demo: 0 }, kept: [unit], counts: [1, 0] },
  ])("with $what", ({ codes, kept, counts }) => {
    const results = addUp(new Map(Object.entries(codes)), kept);
    const sum = (key: "passed" | "failed"): number => results.reduce((total, result) => total + result[key], 0);
    expect([sum("passed"), sum("failed")]).toEqual(counts);
  });
});
