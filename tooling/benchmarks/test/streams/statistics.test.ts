import { expect, test } from "vitest";
import { median, quantile } from "../../src/streams/measures/statistics.ts";

test.each([
  { values: [3], part: 0.5, is: 3 },
  { values: [4, 1, 3, 2], part: 0.5, is: 2.5 },
  { values: [10, 20, 30], part: 0.95, is: 29 },
  { values: [10, 20, 30], part: 0, is: 10 },
])("the value below which $part of $values lies is $is", ({ values, part, is }) => {
  expect(quantile(values, part)).toBeCloseTo(is);
});

test("the median does not change the order of what it is given", () => {
  const values = [3, 1, 2];
  expect(median(values)).toBe(2);
  expect(values).toEqual([3, 1, 2]);
});
