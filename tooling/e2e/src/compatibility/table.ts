import type { Footnotes } from "./footnotes.ts";
import type { CaseRecord } from "./run-record.ts";

export interface Row {
  readonly name: string;
  readonly cells: readonly (CaseRecord | undefined)[];
}

/** A table in Markdown: a row for each case, a column for each place where it was tried. */
export function table(header: readonly string[], rows: readonly Row[], footnotes: Footnotes): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rules = header.map((_, index) => (index === 0 ? "---" : ":-:"));
  return [
    line(header),
    line(rules),
    ...rows.map(({ name, cells }) => line([name, ...cells.map((cell) => sign(cell, footnotes))])),
  ];
}

function sign(cell: CaseRecord | undefined, footnotes: Footnotes): string {
  if (cell === undefined) return "";
  if (cell.outcome === "skipped") return footnotes.mark(cell.reason ?? "skipped");
  return cell.outcome === "passed" ? "✓" : "✗";
}
