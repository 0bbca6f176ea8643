import { expect, test } from "vitest";
import { milliseconds } from "../../../src/config/values/milliseconds.ts";

test.each([
  ["2m", 120_000],
  ["2m0s", 120_000],
  ["1h30m", 5_400_000],
  ["500ms", 500],
  ["1.5s", 1_500],
  ["0s", 0],
])("%s is %i ms", (text, expected) => {
  expect(milliseconds(text)).toBe(expected);
});

test.each(["", "2", "m", "2 m", "-2m", "2d", "2m x"])("%j is no duration", (text) => {
  expect(milliseconds(text)).toBeUndefined();
});
