import fc from "fast-check";
import { expect, test } from "vitest";
import { quotedMap } from "../../../src/context/environment/quoted-map.ts";

test("no labels at all are an empty text", () => {
  expect(quotedMap()).toBe("");
  expect(quotedMap({})).toBe("");
});

test("half a character, which no API server keeps, is the sign for one that is broken", () => {
  expect(quotedMap({ a: "\ud800" })).toBe('a="\ufffd"');
});

test("whatever the values are, there is a line for each key, and no quote ends early", () => {
  const odd = fc.constantFrom('"', "\\", "\n", "\u0000", "a", "=", "\u2028", "\ud800", "😀", "\u{f0000}");
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ unit: odd })), (map) => {
      const lines = Object.keys(map).length === 0 ? [] : quotedMap(map).split("\n");
      expect(lines.map((line) => line.slice(0, line.indexOf("=")))).toEqual(Object.keys(map).toSorted());
      for (const line of lines) expect(line).toMatch(/^[a-z]+="([^"\\]|\\.)*"$/u);
    }),
  );
});
