import type { ScenarioRecord } from "./scenario-record.ts";

const begin = "<!-- scenarios: written by npm run faults -- --record -->";
const end = "<!-- end of scenarios -->";

/**
 * The page with its table written anew from the record; the prose around it stays.
 *
 * @throws {Error} when the page does not say where the table is.
 */
export function reliabilityDocument(page: string, records: readonly ScenarioRecord[]): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/reliability.md lacks the lines "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${table(records)}\n\n${page.slice(to)}`;
}

function table(records: readonly ScenarioRecord[]): string {
  const rows = records.map(({ number, title, expected, guards, seen = "not recorded yet" }) => [
    number,
    title,
    expected,
    guards.map((file) => `[${file.split("/").at(-1)}](../${file})`).join(" "),
    seen,
  ]);
  return [["", "scenario", "promise", "kept by", "seen"], ["---", "---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`)
    .join("\n");
}
