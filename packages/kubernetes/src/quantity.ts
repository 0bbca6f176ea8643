const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryExponents: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/** How a quantity was written, and so how it is written again: `1500m`, `1536Mi` or `15e2`. */
type Format = "decimal" | "binary" | "exponent";

/** Nothing finer exists: what is written finer is rounded away from zero, so that a little never becomes nothing. */
const nanoDigits = 9;
const one = 10n ** 9n;
/** Far above any resource, far below what would take noticeable time. */
const maxExponent = 1000;

/**
 * An amount of a resource, exactly: `100m`, `1.5Gi`, `2e3`. Immutable.
 *
 * Source: apimachinery pkg/api/resource/quantity.go. Unlike there, values are not capped at 2^63-1.
 */
export class Quantity {
  readonly #nano: bigint;
  readonly #format: Format;

  private constructor(nano: bigint, format: Format) {
    this.#nano = nano;
    this.#format = format;
  }

  /** Throws a `RangeError` when `text` is no quantity. */
  static parse(text: string): Quantity {
    const match = pattern.exec(text);
    const [, sign, whole = "", fraction = "", e, exponentText, suffix = ""] = match ?? [];
    const exponent = e ? Number(exponentText) : (decimalExponents[suffix] ?? 0);
    if (!match || whole + fraction === "" || Math.abs(exponent) > maxExponent) {
      throw new RangeError(
        `"${text}" is no quantity: expected a number with a suffix such as m, k, Mi or Gi, for example 250m or 1.5Gi`,
      );
    }
    const binary = binaryExponents[suffix];
    const digits = BigInt(whole + fraction) << BigInt(binary ?? 0);
    const magnitude = scaled(digits, nanoDigits + exponent - fraction.length);
    const format = binary === undefined ? (e ? "exponent" : "decimal") : magnitude < one ? "decimal" : "binary";
    return new Quantity(sign === "-" ? -magnitude : magnitude, format);
  }

  /** Written as `this` is, unless that is zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.#nano + other.#nano, this.isZero() ? other.#format : this.#format);
  }

  subtract(other: Quantity): Quantity {
    return new Quantity(this.#nano - other.#nano, this.isZero() ? other.#format : this.#format);
  }

  /** Negative, zero or positive, as in a sort. */
  compare(other: Quantity): number {
    return this.#nano < other.#nano ? -1 : this.#nano > other.#nano ? 1 : 0;
  }

  isZero(): boolean {
    return this.#nano === 0n;
  }

  /** The nearest number. */
  toNumber(): number {
    return Number(`${this.#nano}e-9`);
  }

  /** In units, rounded away from zero. */
  value(): bigint {
    return scaled(this.#nano, -nanoDigits);
  }

  /** In thousandths, rounded away from zero. */
  milliValue(): bigint {
    return scaled(this.#nano, 3 - nanoDigits);
  }

  /** Rounded away from zero to a multiple of 10^`scale`: 0 gives whole units, -3 whole thousandths. */
  roundUp(scale: number): Quantity {
    const exponent = scale + nanoDigits;
    if (exponent <= 0) return this;
    return new Quantity(scaled(scaled(this.#nano, -exponent), exponent), this.#format);
  }

  /** The canonical form: exact, without a fraction, with the largest suffix that allows this. */
  toString(): string {
    if (this.isZero()) return "0";
    const kilo = 1024n * one;
    const inBinary =
      this.#format === "binary" && this.#nano % one === 0n && (this.#nano >= kilo || this.#nano <= -kilo);
    return inBinary ? binaryForm(this.#nano / one) : decimalForm(this.#nano, this.#format === "exponent");
  }

  toJSON(): string {
    return this.toString();
  }
}

function binaryForm(value: bigint): string {
  let mantissa = value;
  let suffix = "";
  for (const next of Object.keys(binaryExponents)) {
    if (mantissa % 1024n !== 0n) break;
    mantissa /= 1024n;
    suffix = next;
  }
  return `${mantissa}${suffix}`;
}

function decimalForm(nano: bigint, asExponent: boolean): string {
  let mantissa = nano;
  let exponent = -nanoDigits;
  const largest = asExponent ? Number.POSITIVE_INFINITY : 18;
  while (mantissa % 1000n === 0n && exponent < largest) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (asExponent) return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  const suffix = Object.keys(decimalExponents).find((name) => decimalExponents[name] === exponent);
  return `${mantissa}${suffix}`;
}

/** `value` times 10^`exponent`, rounded away from zero. */
function scaled(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  const quotient = value / divisor;
  const remainder = value % divisor;
  return remainder === 0n ? quotient : quotient + (value < 0n ? -1n : 1n);
}
