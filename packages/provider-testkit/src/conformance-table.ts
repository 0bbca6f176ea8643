import { type CheckArea, checkAreas } from "./conformance-check.ts";
import type { ConformanceResult } from "./run-conformance.ts";

/** A result as far as a table shows it. */
export type TabledResult = Pick<ConformanceResult, "id" | "area" | "name"> & {
  readonly outcome: ConformanceResult["outcome"];
  readonly reason?: string;
};

/** The Markdown table for a provider's README: how many checks of each area passed, and what was skipped, and why. */
export function conformanceTable(results: readonly TabledResult[]): string {
  const rows = checkAreas.flatMap((area) =>
    areaRow(
      area,
      results.filter((result) => result.area === area),
    ),
  );
  return ["| Area | Passed | Not made |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

function areaRow(area: CheckArea, results: readonly TabledResult[]): string[] {
  if (results.length === 0) return [];
  const passed = results.filter(({ outcome }) => outcome === "passed").length;
  const failed = results.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
  const skipped = Map.groupBy(
    results.filter(({ outcome }) => outcome === "skipped"),
    ({ reason = "" }) => reason,
  );
  const reasons = [...skipped]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, { length }]) => `${length}: ${reason}`);
  const failures = failed.length > 0 ? `; failed: ${failed.join("; ")}` : "";
  return [`| ${area} | ${passed} of ${results.length}${cell(failures)} | ${cell(reasons.join("; "))} |`];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

const begin = "<!-- conformance -->";
const end = "<!-- /conformance -->";

/**
 * A README with the table put between its markers, `<!-- conformance -->` and `<!-- /conformance -->`.
 *
 * @throws {Error} When the README lacks them.
 */
export function withConformanceTable(readme: string, results: readonly TabledResult[]): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The README has no "${begin}" with "${end}" after it: add both.`);
  return `${readme.slice(0, from + begin.length)}\n\n${conformanceTable(results)}\n${readme.slice(to)}`;
}
