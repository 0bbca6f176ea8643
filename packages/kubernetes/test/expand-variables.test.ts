import fc from "fast-check";
import { expect, test } from "vitest";
import { expandVariables } from "../src/index.ts";

const variables = new Map([
  ["A", "1"],
  ["B", "2"],
  ["C", "3"],
  ["REF", "$(A)"],
  ["EMPTY", ""],
]);
const lookup = (name: string): string | undefined => variables.get(name);

test.each([
  ["whole text", "$(A)", "1"],
  ["twice", "$(A)-$(A)", "1-1"],
  ["at the beginning", "$(A)-x", "1-x"],
  ["in the middle", "__$(B)__", "__2__"],
  ["at the end", "__$(C)", "__3"],
  ["several", "$(A)_$(B)_$(C)", "1_2_3"],
  ["escaped, then expanded", "$$(B)_$(A)", "$(B)_1"],
  ["escaped twice", "$$(A)_$$(B)", "$(A)_$(B)"],
  ["an escape before no reference", "f-$$A", "f-$A"],
  ["one backslash means nothing", "x\\$(C)y", "x\\3y"],
  ["two backslashes mean nothing", "x\\\\$(C)y", "x\\\\3y"],
  ["four backslashes mean nothing", "x\\\\\\\\$(A)y", "x\\\\\\\\1y"],
  ["a reference within a reference", "$(A$(B))", "$(A$(B))"],
  ["a reference within one that is not closed", "$(A$(B)", "$(A$(B)"],
  ["a value that looks like a reference", "$(REF)", "$(A)"],
  ["such a value twice", "%%$(REF)--$(REF)%%", "%%$(A)--$(A)%%"],
  ["an empty value", "x$(EMPTY)y", "xy"],
  ["a reference that is not closed", "x$(Awhoops!", "x$(Awhoops!"],
  ["parentheses alone", "x__(A)__", "x__(A)__"],
  ["the shell's special variables", "$?_x_$!", "$?_x_$!"],
  ["a name without parentheses", "$A", "$A"],
  ["an unknown name", "$(UNKNOWN)", "$(UNKNOWN)"],
  ["six operators, unknown", "$$$$$$(UNKNOWN)", "$$$(UNKNOWN)"],
  ["six operators, known", "$$$$$$(A)", "$$$(A)"],
  ["seven operators, unknown", "$$$$$$$(UNKNOWN)", "$$$$(UNKNOWN)"],
  ["seven operators, known", "$$$$$$$(A)", "$$$1"],
  ["closed but not opened", "$A)", "$A)"],
  ["the shell's braces", "${A}", "${A}"],
  ["a rest that is not closed", "$(B)___$(A", "2___$(A"],
  ["a rest that is not closed and empty", "$(C)___$(", "3___$("],
  ["an operator at the end", "$(A)x$", "1x$"],
  ["a backslash before one that is not closed", "x-\\$(A", "x-\\$(A"],
  ["many opened in the middle", "--$($($($($--", "--$($($($($--"],
  ["many opened at the beginning", "$($($($($--x$(", "$($($($($--x$("],
  ["many opened at the end", "x--$($($($(", "x--$($($($("],
  ["operators within a name are part of it", "$(x$$y)", "$(x$$y)"],
  ["a newline", "\n", "\n"],
  ["a character of two bytes after the operator", "$£A", "$£A"],
  ["one of three bytes, within the text", "x-$€-y", "x-$€-y"],
  ["several of them", "$中文", "$中文"],
  ["one of two code units", "$🌍$(A)", "$🌍1"],
])("%s: %s", (_, text, expanded) => {
  expect(expandVariables(text, lookup)).toBe(expanded);
});

test("text without an operator stays as it is, and doubled operators give the text back", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(expandVariables(text.replaceAll("$", "$$$$"), () => "expanded")).toBe(text);
    }),
  );
});

test("what is unknown stays, what is known is put in, and neither is looked at again", () => {
  const text = fc.string({ unit: fc.constantFrom("$", "(", ")", "A", "x", "é", "🌍", "\n") });
  fc.assert(
    fc.property(text, text, (given, value) => {
      const unknown = expandVariables(given, () => undefined);
      // Only a doubled operator loses one.
      expect(unknown.replaceAll("$", "")).toBe(given.replaceAll("$", ""));
      const mentioned: string[] = [];
      const expanded = expandVariables(given, (name) => (mentioned.push(name), value));
      const length = unknown.length + mentioned.reduce((sum, name) => sum + value.length - `$(${name})`.length, 0);
      expect(expanded.length).toBe(length);
    }),
  );
});

test("a megabyte of references that are not closed takes time in proportion, not for each the whole rest", () => {
  const text = "$(".repeat(500_000);
  const startedAt = performance.now();
  expect(expandVariables(text, lookup)).toBe(text);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
