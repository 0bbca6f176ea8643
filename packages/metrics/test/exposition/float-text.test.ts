import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { floatText } from "../../src/exposition/float-text.ts";

describe("a number", () => {
  // What strconv.FormatFloat(x, 'g', -1, 64) gives.
  test.each([
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.000012345, "1.2345e-05"],
    [999_999, "999999"],
    [1_000_000, "1e+06"],
    [1_234_567, "1.234567e+06"],
    [999_999.5, "999999.5"],
    [1_624_396_248.302_091_6, "1.6243962483020916e+09"],
    [-1_500_000, "-1.5e+06"],
    [1e21, "1e+21"],
    [1.5e300, "1.5e+300"],
    [5e-324, "5e-324"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [Number.NaN, "NaN"],
  ])("%d is written as Go writes it: %s", (value, text) => {
    expect(floatText(value)).toBe(text);
  });

  test("is the same when it is read again", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(floatText(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});
