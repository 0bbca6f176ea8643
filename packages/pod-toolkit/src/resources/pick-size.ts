import { type Amounts, amountsOf } from "@virtual-kubelet/kubernetes";
import { compareAmounts, inResourceOrder } from "./resource-order.ts";
import { explanationText, refusalText } from "./size-text.ts";

/** One of the sizes that a backend has: a row of its table. */
export interface Size {
  /** What it is called there, if anything: `m7g.large`. */
  readonly name?: string;
  /** Quantities: `{ cpu: "250m", memory: "512Mi" }`. */
  readonly resources: Readonly<Record<string, string>>;
  /** In any unit, the same in all rows. */
  readonly price?: number;
}

/** What was picked, or why nothing was, in a sentence for an event. */
export type SizeChoice<S extends Size = Size> =
  | { readonly size: S; readonly explanation: string }
  | { readonly size?: never; readonly refusal: string };

/**
 * The cheapest size that has all that is wanted; where not all have a price, or the same, the smallest, by processor before memory before
 * the rest. What a size does not mention it has none of.
 *
 * @param wanted In thousandths, as `podTotals` gives it: of what a size has no say in, leave it out.
 */
export function pickSize<S extends Size>(wanted: Amounts, table: readonly S[]): SizeChoice<S> {
  const asked = inResourceOrder(new Map([...wanted].filter(([, amount]) => amount > 0n)));
  const rows = sorted(table);
  const row = rows.find(({ amounts }) => [...asked].every(([name, amount]) => (amounts.get(name) ?? 0n) >= amount));
  if (!row) return { refusal: refusalText(asked, rows) };
  return { size: row.size, explanation: explanationText(asked, row) };
}

function sorted<S extends Size>(table: readonly S[]) {
  const arePriced = table.every(({ price }) => price !== undefined);
  const priceOf = ({ price = 0 }: Size): number => (arePriced ? price : 0);
  return table
    .map((size) => ({ size, name: size.name, amounts: inResourceOrder(amountsOf(size.resources)) }))
    .toSorted((a, b) => priceOf(a.size) - priceOf(b.size) || compareAmounts(a.amounts, b.amounts));
}
