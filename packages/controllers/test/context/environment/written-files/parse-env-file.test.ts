import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEnvFile } from "../../../../src/context/environment/written-files/parse-env-file.ts";

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join("");
const long = "x".repeat(64 * 1024 - 5);

describe("a file of variables", () => {
  test.each([
    ["a value", lines("A='1'", "B='2'"), "2"],
    ["a last line without an end", "A='1'\nB='2'", "2"],
    ["lines that end as on Windows", "A='1'\r\nB='2'\r\n", "2"],
    ["what is indented, blank or a comment", lines("  # no='x", " \t", "", "\tB='2'"), "2"],
    ["a comment after the value", lines("A='1'# one", "B='2' \t# two"), "2"],
    ["what means something to a shell, as it is", lines("B='$X ${Y} \\n `z` \"q\" # =='"), '$X ${Y} \\n `z` "q" # =='],
    ["several lines, which keep their spaces", lines("B='one ", "", " # two", "three='"), "one \n\n # two\nthree="],
    ["the first of two", lines("B='2'", "B='3'"), "2"],
    ["what comes before a mistake", lines("B='2'", "broken"), "2"],
    ["characters of all languages", lines("B='中文 🌍'"), "中文 🌍"],
    ["a name of any characters", lines("a b.c-d='1'", "B='2'"), "2"],
    ["nothing for an empty value", lines("B=''"), undefined],
    ["nothing for a command of a shell", lines("B= '2'", "B='3'"), undefined],
    ["nothing for another name", lines("A='1'", "BB='2'", "b='3'"), undefined],
    ["nothing in nothing", "", undefined],
    ["the longest line", lines("A='1'", `B='${long}'`), long],
  ])("gives %s", (_, text, value) => {
    expect(parseEnvFile(text, "B")).toBe(value);
  });

  test.each([
    ["a line without '='", lines("A='1'", "canary"), "line 2 has no '='"],
    ["no name", lines("='canary'"), "line 1 has no name"],
    ["a space after the name", lines("A ='canary'"), "line 1 has a space before '='"],
    ["a value without quotes", lines("A=canary"), "line 1 has a value that is not in single quotes"],
    ["a value in double quotes", lines('A="canary"'), "line 1 has a value that is not in single quotes"],
    ["an empty value without quotes", lines("A="), "line 1 has a value that is not in single quotes"],
    ["two values in a row", lines("A='1''canary'"), "line 1 has something after the closing quote"],
    ["something after many lines", lines("A='1", "2' canary"), "line 2 has something after the closing quote"],
    ["a quote that is never closed", lines("", "A='canary", "2"), "line 2 has a quote that is never closed"],
    ["a line that is too long", lines("A='1'", `A='${long}x'`), "line 2 is longer than 65536 bytes"],
    ["a line too long within quotes", lines("A='", `${long}xxxxx`, "'"), "line 2 is longer than 65536 bytes"],
  ])("says where there is %s, and not what", (_, text, message) => {
    expect(() => parseEnvFile(text, "B")).toThrow(new SyntaxError(message));
  });

  test("gives back what was written into it", () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/);
    const value = fc.string({ unit: "grapheme", minLength: 1 }).filter((each) => !/['\r]/.test(each));
    fc.assert(
      fc.property(fc.dictionary(name, value), (variables) => {
        const text = Object.entries(variables)
          .map(([key, each]) => `${key}='${each}' # ${key}\n`)
          .join("");
        for (const [key, each] of Object.entries(variables)) expect(parseEnvFile(text, key)).toBe(each);
      }),
    );
  });

  test("of whatever content throws nothing but where it is wrong", () => {
    const text = fc.string({ unit: fc.constantFrom("A", "=", "'", "#", " ", "\t", "\n", "\r", "ü") });
    fc.assert(
      fc.property(text, (content) => {
        try {
          parseEnvFile(content, "A");
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
