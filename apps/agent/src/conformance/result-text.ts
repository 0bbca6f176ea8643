import type { ConformanceResult } from "@virtual-kubelet/provider-testkit";

const words = { passed: "ok  ", failed: "FAIL", skipped: "skip" } as const;

/** One line for a check, and what was wrong below it, where something was. */
export function resultText(result: ConformanceResult): string {
  const { id, name, durationMs, outcome } = result;
  const line = `${words[outcome]}  ${id}: ${name}`;
  if (outcome === "skipped") return `${line} (${result.reason})\n`;
  if (outcome === "passed") return `${line} (${durationMs} ms)\n`;
  const problem = result.error instanceof Error ? result.error.message : String(result.error);
  const lines = problem.split("\n").filter((each) => each.trim() !== "");
  return [`${line} (${durationMs} ms)`, ...lines.map((each) => `      ${each}`), ""].join("\n");
}

/** `112 checks: 100 passed, 2 failed, 10 skipped.` */
export function summaryText(results: readonly ConformanceResult[]): string {
  const count = (wanted: ConformanceResult["outcome"]): number =>
    results.filter(({ outcome }) => outcome === wanted).length;
  return `${results.length} checks: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped.\n`;
}
