import type { ScenarioResult } from "./scenario-result.ts";

/** Of number, scenario, what is expected, and what was seen. */
const shares = [0.3, 0.37, 0.33] as const;
const numberWidth = 4;
const gap = "  ";

/** The table that a run ends with, for a terminal of so many columns. Those that were not asked for are not in it. */
export function faultTable(results: readonly ScenarioResult[], columns: number): string {
  const rows = results
    .filter(({ outcome, isRun, lacking }) => outcome !== "skipped" || isRun || lacking !== undefined)
    .map(({ number, title, expected, ...result }) => [number, title, expected, seenOf(result)]);
  const room = columns - numberWidth - gap.length * shares.length;
  const widths = [numberWidth, ...shares.map((share) => Math.max(16, Math.floor(room * share)))];
  const lines = [["no.", "scenario", "expected", "seen"], widths.map((width) => "─".repeat(width)), ...rows];
  return lines.map((cells) => wrappedRow(cells, widths)).join("\n");
}

function seenOf({
  outcome,
  seen = "as expected",
  failure = "no reason given",
  lacking,
}: Partial<ScenarioResult>): string {
  if (outcome === "failed") return `FAILED: ${failure}`;
  return outcome === "passed" ? seen : `left out${lacking === undefined ? "" : `: ${lacking}`}`;
}

function wrappedRow(cells: readonly string[], widths: readonly number[]): string {
  const columns = cells.map((cell, index) => wrapped(cell, widths[index] ?? 0));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((column, index) => (column[line] ?? "").padEnd(widths[index] ?? 0))
      .join(gap)
      .trimEnd(),
  ).join("\n");
}

/** Breaks between words, and within one only when it has no room of its own. */
function wrapped(text: string, width: number): readonly string[] {
  const lines = [""];
  const words = text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${width}}`, "gu")) ?? []);
  for (const word of words) {
    const last = lines.at(-1) ?? "";
    if (last === "") lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
