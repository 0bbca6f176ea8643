import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quantity } from "../src/index.ts";

describe("canonical form", () => {
  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["0Ki", "0"],
    [".5", "500m"],
    ["5.", "5"],
    ["+5", "5"],
    ["-1.5", "-1500m"],
    ["1.5", "1500m"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["100000", "100k"],
    ["1000k", "1M"],
    ["1.2345k", "1234500m"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["1023Ki", "1023Ki"],
    ["1000Ki", "1000Ki"],
    ["1.3Ki", "1331200m"],
    ["0.0001Ki", "102400u"],
    ["-2048Ki", "-2Mi"],
    ["9223372036854775807", "9223372036854775807"],
    ["8Ei", "8Ei"],
    ["1E", "1E"],
    ["1000E", "1000E"],
    ["1e3", "1e3"],
    ["1E3", "1e3"],
    ["12e-1", "1200e-3"],
    ["15e2", "1500"],
    ["1e6", "1e6"],
    ["100e4", "1e6"],
    ["1n", "1n"],
    ["0.1n", "1n"],
    ["-0.1n", "-1n"],
    ["1.0000000001", "1000000001n"],
    ["1u", "1u"],
    ["1000n", "1u"],
  ])("%s is %s", (text, canonical) => {
    expect(Quantity.parse(text).toString()).toBe(canonical);
  });

  test.each([
    "",
    " 1",
    "1 ",
    "1 Gi",
    "Gi",
    ".",
    "-",
    "1gi",
    "1K",
    "1ki",
    "1e",
    "1e3Ki",
    "0x1",
    "1,5",
    "NaN",
    "--1",
    "1e1001",
    "1.2.3",
  ])("%j is refused with an example", (text) => {
    expect(() => Quantity.parse(text)).toThrow(/^".*" is no quantity: .*250m/);
  });
});

test("rounding is away from zero", () => {
  const row = (text: string): unknown[] => {
    const quantity = Quantity.parse(text);
    return [
      quantity.value(),
      quantity.milliValue(),
      quantity.roundUp(0).toString(),
      quantity.roundUp(3).toString(),
      quantity.toNumber(),
    ];
  };
  expect(row("1.0001")).toEqual([2n, 1001n, "2", "1k", 1.0001]);
  expect(row("-1.0001")).toEqual([-2n, -1001n, "-2", "-1k", -1.0001]);
  expect(row("2Ki")).toEqual([2048n, 2_048_000n, "2Ki", "3000", 2048]);
  expect(Quantity.parse("1.5Gi").toNumber()).toBe(1.5 * 2 ** 30);
  expect(JSON.stringify({ cpu: Quantity.parse("0.25") })).toBe('{"cpu":"250m"}');
});

/** A decimal as a fraction, worked out without anything of ours. */
interface Decimal {
  readonly text: string;
  readonly nano: bigint;
}

const decimal: fc.Arbitrary<Decimal> = fc
  .record({
    negative: fc.boolean(),
    whole: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    fraction: fc.bigInt({ min: 0n, max: 999_999n }),
    suffix: fc.constantFrom(...(["m", "", "k", "M", "G", "T", "e3", "E-3", "Ki", "Mi", "Gi", "Ti"] as const)),
  })
  .map(({ negative, whole, fraction, suffix }) => {
    const micro = (whole * 10n ** 6n + fraction) * (negative ? -1n : 1n);
    const thousandths: Record<string, bigint> = {
      m: 1n,
      "E-3": 1n,
      "": 10n ** 3n,
      k: 10n ** 6n,
      e3: 10n ** 6n,
      M: 10n ** 9n,
      G: 10n ** 12n,
      T: 10n ** 15n,
    };
    const kibi = ["Ki", "Mi", "Gi", "Ti"].indexOf(suffix) + 1;
    const factor = thousandths[suffix] ?? 1024n ** BigInt(kibi) * 1000n;
    return {
      text: `${negative ? "-" : ""}${whole}.${String(fraction).padStart(6, "0")}${suffix}`,
      nano: micro * factor,
    };
  });

test("arithmetic and order are exact, and what is written is read as the same", () => {
  const sign = (value: bigint): number => (value < 0n ? -1 : value > 0n ? 1 : 0);
  const nano = (quantity: Quantity): bigint => {
    const [, mantissa = "", suffix = ""] = /^(-?\d+)(.*)$/.exec(quantity.toString()) ?? [];
    const exponent = suffix.startsWith("e")
      ? Number(suffix.slice(1))
      : ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].indexOf(suffix) * 3 - 9;
    const kibi = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].indexOf(suffix) + 1;
    return BigInt(mantissa) * (kibi > 0 ? 1024n ** BigInt(kibi) * 10n ** 9n : 10n ** BigInt(exponent + 9));
  };
  fc.assert(
    fc.property(decimal, decimal, (left, right) => {
      const [a, b] = [Quantity.parse(left.text), Quantity.parse(right.text)];
      expect(nano(a)).toBe(left.nano);
      expect(nano(a.add(b))).toBe(left.nano + right.nano);
      expect(nano(a.subtract(b))).toBe(left.nano - right.nano);
      expect(a.compare(b)).toBe(sign(left.nano - right.nano));
      expect(a.isZero()).toBe(left.nano === 0n);
      expect(Quantity.parse(a.toString()).compare(a)).toBe(0);
      expect(Quantity.parse(a.toString()).toString()).toBe(a.toString());
    }),
  );
});
