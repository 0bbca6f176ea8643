import type { Result } from "@virtual-kubelet/bootstrap/results";
import type { CaseResult } from "./case-result.ts";

/** What is counted, for those who add up. */
export function countOf(results: readonly CaseResult[]): Result {
  const failures = results.filter(({ outcome }) => outcome === "failed");
  return {
    name: "conformance",
    passed: results.filter(({ outcome }) => outcome === "passed").length,
    failed: failures.length,
    failures: failures.map(({ name, reason = "" }) => `${name}: ${reason}`),
  };
}

/** What the user is told at the end. */
export function resultLines(results: readonly CaseResult[]): string[] {
  const of = (outcome: CaseResult["outcome"]): readonly CaseResult[] =>
    results.filter((each) => each.outcome === outcome);
  const told = (sign: string, each: readonly CaseResult[]): string[] =>
    each.map(({ name, reason = "" }) => `${sign} ${name}: ${reason}`);
  const counts = (["passed", "failed", "skipped", "not applicable"] as const).map(
    (outcome) => `${of(outcome).length} ${outcome}`,
  );
  return [
    ...told("not applicable:", of("not applicable")),
    ...told("skipped by the suite:", of("skipped")),
    ...told("✗", of("failed")),
    counts.join(", "),
  ];
}
