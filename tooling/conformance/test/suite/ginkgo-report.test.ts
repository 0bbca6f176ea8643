import { expect, test } from "vitest";
import { reportedCases, suiteFailures } from "../../src/suite/ginkgo-report.ts";

const spec = (more: object): object => ({
  ContainerHierarchyTexts: ["[sig-node] Secrets", "when it rains"],
  LeafNodeType: "It",
  LeafNodeText: "stays dry",
  State: "passed",
  RunTime: 2_500_000_000,
  ...more,
});
const report = (...specs: readonly object[]): string => JSON.stringify([{ SpecReports: specs }]);

test("a case of a report is told by all its texts, its area, its state and why", () => {
  const failed = spec({ State: "failed", Failure: { Message: "it got wet" } });
  expect(reportedCases(report(failed))).toEqual([
    {
      name: "[sig-node] Secrets when it rains stays dry",
      area: "[sig-node] Secrets",
      state: "failed",
      message: "it got wet",
      seconds: 2.5,
    },
  ]);
});

test("a panic is told by what was thrown", () => {
  const panicked = spec({ State: "panicked", Failure: { Message: "Test Panicked", ForwardedPanic: "nil map" } });
  expect(reportedCases(report(panicked))).toMatchObject([{ message: "nil map" }]);
});

test("what fails before or after all cases is no case, and is told apart", () => {
  const before = spec({
    ContainerHierarchyTexts: null,
    LeafNodeType: "SynchronizedBeforeSuite",
    LeafNodeText: "",
    State: "failed",
    Failure: { Message: "no node is ready" },
  });
  const text = report(before, spec({}));
  expect(reportedCases(text)).toHaveLength(1);
  expect(suiteFailures(text)).toEqual(["SynchronizedBeforeSuite : no node is ready"]);
});

test("a suite without any case is an empty report", () => {
  expect(reportedCases(JSON.stringify([{ SpecReports: null }]))).toEqual([]);
});
