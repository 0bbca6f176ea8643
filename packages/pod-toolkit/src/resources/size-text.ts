import type { Amounts } from "@virtual-kubelet/kubernetes";
import { amountText } from "./amount-text.ts";
import { compareAmounts } from "./resource-order.ts";

export interface NamedAmounts {
  readonly name: string | undefined;
  readonly amounts: Amounts;
}

/** `0.3 vCPU, 1 GiB asked → 0.5 vCPU, 1 GiB (cpu rounded up from 0.3 vCPU to 0.5 vCPU)` */
export function explanationText(asked: Amounts, row: NamedAmounts): string {
  const raised = [...asked].flatMap(([resource, amount]) => {
    const given = row.amounts.get(resource) ?? 0n;
    return given === amount
      ? []
      : [`${resource} rounded up from ${amountText(resource, amount)} to ${amountText(resource, given)}`];
  });
  const why = raised.length === 0 ? "" : ` (${raised.join(", ")})`;
  return `${asked.size === 0 ? "nothing" : listText(asked)} asked → ${rowText(row)}${why}`;
}

/** What is too large and what the most is, or, where each fits somewhere, what is nearest to all together. */
export function refusalText(asked: Amounts, rows: readonly NamedAmounts[]): string {
  if (rows.length === 0) return "There is no size to choose from";
  const tooLarge = [...asked].flatMap(([resource, amount]) => {
    const [most = 0n] = rows.map(({ amounts }) => amounts.get(resource) ?? 0n).toSorted((a, b) => (a < b ? 1 : -1));
    if (most >= amount) return [];
    return [`${resource} (${amountText(resource, amount)} asked, the most is ${amountText(resource, most)})`];
  });
  if (tooLarge.length > 0) return `No size has enough ${tooLarge.join(" and ")}`;
  const nearest = nearestOf(asked, rows);
  const lacks = lackOf(asked, nearest).map(([resource]) => `enough ${resource}`);
  return `No size has ${listText(asked)} together; the nearest, ${rowText(nearest)}, has not ${lacks.join(" and ")}`;
}

/** The one that lacks the fewest, and of these the largest. */
function nearestOf(asked: Amounts, rows: readonly NamedAmounts[]): NamedAmounts {
  const lacking = (row: NamedAmounts): number => lackOf(asked, row).length;
  return rows.reduce((best, row) => {
    const fewer = lacking(best) - lacking(row) || compareAmounts(row.amounts, best.amounts);
    return fewer > 0 ? row : best;
  });
}

function lackOf(asked: Amounts, { amounts }: NamedAmounts): readonly (readonly [string, bigint])[] {
  return [...asked].filter(([resource, amount]) => (amounts.get(resource) ?? 0n) < amount);
}

function rowText({ name, amounts }: NamedAmounts): string {
  return name === undefined ? listText(amounts) : `${name}: ${listText(amounts)}`;
}

function listText(amounts: Amounts): string {
  return [...amounts].map(([resource, amount]) => amountText(resource, amount)).join(", ");
}
