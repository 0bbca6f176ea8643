import type { Choice } from "../cases/choose-cases.ts";
import type { SuiteCase } from "../cases/suite-case.ts";
import type { ReportedCase } from "../suite/ginkgo-report.ts";

/** How a case ended, or why it was not run. */
export interface CaseResult extends SuiteCase {
  /** `skipped` is what the suite decides by itself, `not applicable` what our table says. */
  readonly outcome: "passed" | "failed" | "skipped" | "not applicable";
  /** The first line of why, unless it passed. */
  readonly reason?: string;
  readonly seconds?: number;
}

/** The results of all that was chosen. A case that is missing in the report has failed: nothing is dropped. */
export function caseResults({ run, notApplicable }: Choice, reported: readonly ReportedCase[]): CaseResult[] {
  const byName = new Map(reported.map((each) => [each.name, each]));
  return [
    ...run.map((each) => ({ ...each, ...resultOf(byName.get(each.name)) })),
    ...notApplicable.map((each) => ({ ...each, outcome: "not applicable" as const })),
  ];
}

function resultOf(reported: ReportedCase | undefined): Omit<CaseResult, keyof SuiteCase> {
  if (reported === undefined) return { outcome: "failed", reason: "the suite does not say what became of it" };
  const { state, message, seconds } = reported;
  if (state === "passed") return { outcome: "passed", seconds };
  if (state === "skipped" && message !== undefined) return { outcome: "skipped", reason: firstLine(message), seconds };
  const unsaid = state === "skipped" ? "it was skipped, and the suite does not say why" : `it ${state}`;
  return { outcome: "failed", reason: firstLine(message ?? unsaid), seconds };
}

/** Some begin with an empty line, or go on for pages. */
function firstLine(text: string): string {
  const line = text
    .split("\n")
    .map((each) => each.trim())
    .find(Boolean);
  return (line ?? "no reason given").slice(0, 300);
}
