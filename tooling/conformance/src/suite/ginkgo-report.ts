import { areaOf } from "../cases/areas.ts";
import type { SuiteCase } from "../cases/suite-case.ts";

/** What became of a case, from a report of ginkgo. */
export interface ReportedCase extends SuiteCase {
  /** `passed`, `failed`, `skipped`, `pending`, `panicked`, `interrupted`, `aborted`, `timedout`. */
  readonly state: string;
  /** Why it failed, or was skipped; absent for a case that was not chosen. */
  readonly message?: string;
  readonly seconds: number;
}

/**
 * What is read of ginkgo's JSON report.
 *
 * @see https://pkg.go.dev/github.com/onsi/ginkgo/v2/types#SpecReport
 */
type GinkgoReport = readonly { readonly SpecReports: readonly SpecReport[] | null }[];

interface SpecReport {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly State: string;
  readonly RunTime: number;
  readonly Failure?: { readonly Message?: string; readonly ForwardedPanic?: string };
}

/** All cases in a report, those that were not chosen too. */
export function reportedCases(report: string): ReportedCase[] {
  const suites = JSON.parse(report) as GinkgoReport;
  const specs = suites.flatMap(({ SpecReports }) => SpecReports ?? []);
  return specs.filter(({ LeafNodeType }) => LeafNodeType === "It").map(reportedCase);
}

function reportedCase({ ContainerHierarchyTexts, LeafNodeText, State, RunTime, Failure }: SpecReport): ReportedCase {
  const texts = [...(ContainerHierarchyTexts ?? []), LeafNodeText];
  const message = Failure?.ForwardedPanic || Failure?.Message;
  return {
    name: texts.join(" "),
    area: areaOf(texts[0] ?? ""),
    state: State,
    seconds: RunTime / 1e9,
    ...(message ? { message } : {}),
  };
}

/** What failed outside of the cases: what ginkgo runs before and after all of them. */
export function suiteFailures(report: string): string[] {
  const suites = JSON.parse(report) as GinkgoReport;
  return suites
    .flatMap(({ SpecReports }) => SpecReports ?? [])
    .filter(({ LeafNodeType, State }) => LeafNodeType !== "It" && State !== "passed" && State !== "skipped")
    .map(({ LeafNodeType, LeafNodeText, Failure }) => `${LeafNodeType} ${LeafNodeText}: ${Failure?.Message ?? ""}`);
}
