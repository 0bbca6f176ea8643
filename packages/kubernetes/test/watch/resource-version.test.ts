import fc from "fast-check";
import { expect, test } from "vitest";
import { compareResourceVersions } from "../../src/index.ts";

test("decimal versions compare as numbers of any size", () => {
  const size = fc.bigInt({ min: 1n, max: 10n ** 30n });
  fc.assert(
    fc.property(size, size, (left, right) => {
      expect(Math.sign(compareResourceVersions(String(left), String(right)) ?? Number.NaN)).toBe(
        left < right ? -1 : left > right ? 1 : 0,
      );
    }),
  );
});

test.each([
  ["abc", "1"],
  ["1", "0x2"],
  ["01", "2"],
  ["", "1"],
  ["-1", "1"],
  [undefined, "1"],
])("%s and %s cannot be compared", (left, right) => {
  expect(compareResourceVersions(left, right)).toBeUndefined();
  expect(compareResourceVersions(right, left)).toBeUndefined();
});
