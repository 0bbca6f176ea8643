import { Quantity } from "@virtual-kubelet/kubernetes";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Rounding, roundTo } from "../../src/index.ts";

const milli = (text: string): bigint => Quantity.parse(text).milliValue();

describe("an amount is rounded", () => {
  test.each<[amount: string, rounding: Rounding, portions: bigint]>([
    ["300m", { step: "1/1024" }, 308n],
    ["250m", { step: "1/1024" }, 256n],
    ["1m", { step: "1/1024" }, 2n],
    ["1m", { step: "1/1024", direction: "down" }, 1n],
    ["300m", { step: "250m" }, 2n],
    ["300m", { step: "0.25", direction: "down" }, 1n],
    ["2", { step: "1" }, 2n],
    ["2001m", { step: "1" }, 3n],
    ["0", { step: "250m" }, 0n],
    ["0", { step: "250m", minimum: "500m" }, 2n],
    ["100m", { step: "250m", minimum: "600m", direction: "down" }, 3n],
    ["700Mi", { step: "1Mi" }, 700n],
    ["700000001", { step: "1Mi" }, 668n],
    ["700Mi", { step: "1Gi" }, 1n],
    ["1Gi", { step: "1G" }, 2n],
    ["1Gi", { step: "100M" }, 11n],
    ["1Gi", { step: "1M", minimum: "128Mi" }, 1074n],
    ["1Ei", { step: "1" }, 1n << 60n],
    ["1m", { step: "1" }, 1n],
  ])("%s to %j: %s", (amount, rounding, portions) => {
    expect(roundTo(milli(amount), rounding)).toBe(portions);
  });

  test.each(["0", "-1", "100n", "1/0", "1/x", "1/2/3", "", "1/", "much"])('but not to "%s"', (step) => {
    expect(() => roundTo(1n, { step })).toThrow(RangeError);
  });
});

describe("of any amount", () => {
  const amounts = fc.bigInt({ min: 0n, max: 1n << 70n });
  const steps = fc.record({
    thousandths: fc.bigInt({ min: 1n, max: 1n << 45n }),
    parts: fc.bigInt({ min: 1n, max: 4096n }),
  });
  const stepText = ({ thousandths, parts }: { thousandths: bigint; parts: bigint }) => `${thousandths}m/${parts}`;

  test("no less is given than was asked, and less than a portion more", () => {
    const enough = fc.property(amounts, steps, (amount, step) => {
      const given = roundTo(amount, { step: stepText(step) }) * step.thousandths;
      expect(given).toBeGreaterThanOrEqual(amount * step.parts);
      expect(given - step.thousandths).toBeLessThan(amount * step.parts);
    });
    fc.assert(enough);
  });

  test("no more is given than was asked when it is rounded down, and no portion less", () => {
    const atMost = fc.property(amounts, steps, (amount, step) => {
      const given = roundTo(amount, { step: stepText(step), direction: "down" }) * step.thousandths;
      expect(given).toBeLessThanOrEqual(amount * step.parts);
      expect(given + step.thousandths).toBeGreaterThan(amount * step.parts);
    });
    fc.assert(atMost);
  });

  test("what is rounded stays as it is when it is rounded again", () => {
    const again = fc.property(amounts, steps, fc.constantFrom("up", "down"), (amount, step, direction) => {
      const rounding = { step: `${step.thousandths}m`, minimum: `${step.parts}m`, direction } as const;
      const given = roundTo(amount, rounding);
      expect(roundTo(given * step.thousandths, rounding)).toBe(given);
    });
    fc.assert(again);
  });

  test("who asks for more is given no less", () => {
    const monotonic = fc.property(
      amounts,
      amounts,
      steps,
      fc.constantFrom("up", "down"),
      (one, other, step, direction) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        const rounding = { step: stepText(step), minimum: "1", direction } as const;
        expect(roundTo(less, rounding)).toBeLessThanOrEqual(roundTo(more, rounding));
      },
    );
    fc.assert(monotonic);
  });
});
