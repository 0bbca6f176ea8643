import { awaited } from "../cases/awaited.ts";
import type { CaseResult } from "./case-result.ts";
import type { ConformanceRecord, KeptResult } from "./conformance-record.ts";

type Outcome = CaseResult["outcome"];

const outcomes: readonly Outcome[] = ["passed", "failed", "skipped", "not applicable"];
const signs: Readonly<Record<Outcome, string>> = {
  passed: "✓",
  failed: "✗",
  skipped: "skipped",
  "not applicable": "not applicable",
};

/** The page that tells what of Kubernetes' own suite a node with provider-process does. */
export function conformanceDocument({ release, areas }: ConformanceRecord): string {
  const sections = Object.entries(areas).flatMap(([area, cases]) => [`## ${area}`, caseTable(area, cases)]);
  return `${[introduction(release), summary(areas), ...sections].join("\n\n")}\n`;
}

function introduction(release: string): string {
  return `# Conformance

What Kubernetes' own end-to-end tests (\`e2e.test\` ${release}, unmodified) find of a node with \`provider-process\`, in the areas of what a
pod brings along: its environment, its volumes, its service account. The suite runs against a real control plane of the same release whose only
node is ours; containers have the suite's own programs in root directories, by the [\`images\`](../packages/provider-process/README.md) option.

To repeat it: \`npm run conformance\`, or \`npm run conformance -- PATTERN\` for the cases that a regular expression matches
([how](../tooling/conformance/README.md)). This page is written from a record of such a run: \`npm run conformance -- --record\` changes it.

✓ passes · ✗ fails, and [for want of what](../tooling/conformance/src/cases/awaited.ts) where that is known · skipped: the suite itself says that it does not apply to such a cluster · not applicable: what a node whose pods are
processes cannot honour, or a cluster as it comes does not have, by a [table](../tooling/conformance/src/cases/not-applicable.ts) with reasons`;
}

function summary(areas: ConformanceRecord["areas"]): string {
  const row = (name: string, cases: readonly KeptResult[]): string =>
    line([name, ...outcomes.map((outcome) => String(cases.filter((each) => each.outcome === outcome).length))]);
  const rows = Object.entries(areas).map(([area, cases]) => row(area, Object.values(cases)));
  const all = Object.values(areas).flatMap((cases) => Object.values(cases));
  return [line(["Area", ...outcomes]), line(["---", ...outcomes.map(() => "--:")]), ...rows, row("**all**", all)].join(
    "\n",
  );
}

function caseTable(area: string, cases: Readonly<Record<string, KeptResult>>): string {
  const rows = Object.entries(cases).map(([name, result]) =>
    line([name.slice(area.length + 1), [signs[result.outcome], ...reasonsOf(name, result)].join(": ")]),
  );
  return [line(["Case", ""]), line(["---", "---"]), ...rows].join("\n");
}

/** Why we think that it fails, and what the suite says. */
function reasonsOf(name: string, { outcome, reason }: KeptResult): readonly string[] {
  const known = outcome === "failed" ? awaited.find(({ matches }) => matches.test(name)) : undefined;
  return [known?.reason, reason].filter((text) => text !== undefined);
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
}
