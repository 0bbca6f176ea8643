import { describe, expect, test } from "vitest";
import { flagFrom, listFrom, numberFrom } from "../../src/options/environment-values.ts";

describe("what the text of a variable says", () => {
  test.each([
    ["true", true],
    ["1", true],
    ["ON", true],
    ["False", false],
    ["no", false],
  ])("of the flag %s is %s", (text, expected) => {
    expect(flagFrom(text)).toBe(expected);
  });

  test.each([
    ["3", 3],
    ["-1.5", -1.5],
    [" 2e3 ", 2000],
  ])("of the number %j is %d", (text, expected) => {
    expect(numberFrom(text)).toBe(expected);
  });

  test.each(["", "0x10", "1s", "Infinity", "1,5"])("%j is no number", (text) => {
    expect(() => numberFrom(text)).toThrow("must be a number");
  });

  test.each(["", "maybe", "2"])("%j is no flag", (text) => {
    expect(() => flagFrom(text)).toThrow("must be true or false");
  });

  test("of a list are its parts", () => {
    expect(listFrom(" dc1, dc2,,")).toEqual(["dc1", "dc2"]);
  });
});
