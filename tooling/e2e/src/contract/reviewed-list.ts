import type { FoundDifference } from "./compare.ts";

/** A row of the reviewed list: exchanges, and where in their answers they may differ. */
export interface ReviewedRow {
  /** `topic: exchange`, or `*`: any. */
  readonly exchanges: readonly string[];
  /** A path and all below it; `*` stands for anything. */
  readonly paths: readonly string[];
  readonly why: string;
}

/**
 * Reads the table below a heading of a README. Its columns: exchanges between “ and ”, or *any*; paths in backquotes; what differs and why it is
 * left.
 */
export function reviewedRows(markdown: string, heading: string): readonly ReviewedRow[] {
  const section = markdown.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| ") && !/^\| (-|Exchange)/.test(line));
  return rows.map((line) => {
    const [, exchanges = "", paths = "", why = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return {
      exchanges: exchanges === "*any*" ? ["*"] : [...exchanges.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => name),
      paths: [...paths.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path),
      why,
    };
  });
}

export interface Review {
  /** What was found and stands nowhere. */
  readonly unlisted: readonly FoundDifference[];
  /** What stands there and was not found: `“exchange” at path`. */
  readonly stale: readonly string[];
}

/** Holds what was found against the list. */
export function review(found: readonly FoundDifference[], rows: readonly ReviewedRow[]): Review {
  const entries = rows.flatMap(({ exchanges, paths }) =>
    exchanges.flatMap((exchange) => paths.map((path) => ({ exchange, path, pattern: patternOf(path) }))),
  );
  const covers = (entry: (typeof entries)[number], difference: FoundDifference): boolean =>
    (entry.exchange === "*" || entry.exchange === `${difference.topic}: ${difference.exchange}`) &&
    entry.pattern.test(difference.path);
  return {
    unlisted: found.filter((difference) => !entries.some((entry) => covers(entry, difference))),
    stale: entries
      .filter((entry) => !found.some((difference) => covers(entry, difference)))
      .map(({ exchange, path }) => `“${exchange}” at ${path}`),
  };
}

function patternOf(path: string): RegExp {
  const text = path.replaceAll(/[.$^()[\]{}|\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${text}(\\.|$)`);
}
