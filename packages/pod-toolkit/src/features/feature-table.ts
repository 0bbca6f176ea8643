import type { PodFeatures } from "@virtual-kubelet/provider";

/**
 * A provider's feature matrix as a table of Markdown, for its README and for a terminal. A field that is supported for some pods only has a row
 * for each answer.
 */
export function featureTable(features: PodFeatures): string {
  const rows = features.map((row) => {
    const reason = row.support === "supported" ? "" : row.reason;
    return [`\`${row.field}\``, row.support, reason.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")];
  });
  return [["Field", "Support", "Why"], ["---", "---", "---"], ...rows].map(lineOf).join("");
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
