import { Quantity } from "@virtual-kubelet/kubernetes";

/** In what portions a backend gives a resource. */
export interface Rounding {
  /** One portion: a quantity, `250m`, `1Mi` or `100M`, or a fraction of one, `1/1024`. */
  readonly step: string;
  /** The least there is, however little is asked: a quantity. */
  readonly minimum?: string;
  /** `up` when absent: never less than what is asked. */
  readonly direction?: "up" | "down";
}

/**
 * How many portions an amount is, exactly: for what a backend counts in, the step is its unit. `roundTo(300n, { step: "1/1024" })` are 308
 * shares of a processor, `roundTo(300n, { step: "250m" })` two quarters of one.
 *
 * @param amount In thousandths, as `podTotals` and `containerResources` give it.
 * @throws RangeError for a step that is nothing or finer than thousandths, unless it is written as a fraction.
 */
export function roundTo(amount: bigint, { step, minimum = "0", direction = "up" }: Rounding): bigint {
  const portion = portionOf(step);
  const least = portions(Quantity.parse(minimum).milliValue(), portion, "up");
  const rounded = portions(amount, portion, direction);
  return rounded < least ? least : rounded;
}

/** `milli` thousandths, divided by `parts`. */
interface Portion {
  readonly milli: bigint;
  readonly parts: bigint;
}

function portionOf(step: string): Portion {
  const [text = "", parts = "1", ...rest] = step.split("/");
  const quantity = Quantity.parse(text);
  const portion = { milli: quantity.milliValue(), parts: /^\d+$/.test(parts) ? BigInt(parts) : 0n };
  const isExact = quantity.compare(quantity.roundUp(-3)) === 0;
  if (isExact && rest.length === 0 && portion.milli > 0n && portion.parts > 0n) return portion;
  throw new RangeError(
    `"${step}" is no step to round to: expected a quantity of at least 1m, such as 250m or 1Mi, or a fraction of one, such as 1/1024`,
  );
}

function portions(amount: bigint, { milli, parts }: Portion, direction: "up" | "down"): bigint {
  const whole = (amount * parts) / milli;
  return direction === "up" && whole * milli < amount * parts ? whole + 1n : whole;
}
