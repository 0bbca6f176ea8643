import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { environmentLine, taskEnvironment } from "../../../src/job/environment/task-environment.ts";

/** A line as Nomad reads it (`hashicorp/go-envparse`): a name, and a text in double quotes with JSON's escapes, and no control character. */
function parsed(line: string): readonly [string, string] {
  const [, name = "", quoted = ""] =
    /^([A-Za-z_.][A-Za-z0-9_.]*)=("(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*")\n$/.exec(line) ?? [];
  return [name, JSON.parse(quoted) as string];
}

describe("a sensitive variable", () => {
  test("is one line that Nomad reads as the same text, whatever the text is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(parsed(environmentLine({ name: "A", value }))).toEqual(["A", value]);
      }),
    );
    expect(environmentLine({ name: "A-b", value: 'q"\n$ ${x}' })).toBe('A_b="q\\"\\n$ ${x}"\n');
  });

  test("is apart from the plain ones", () => {
    const variables = [
      { name: "PLAIN", value: "${HOME}", sensitive: false },
      { name: "SECRET", value: "s", sensitive: true },
      { name: "EMPTY", value: "", sensitive: false },
    ];
    expect(taskEnvironment("main", variables, { hasOwnNetwork: true })).toEqual({
      plain: { PLAIN: "${NOMAD_META_dollar}{HOME}", EMPTY: "" },
      sensitive: 'SECRET="s"\n',
      notes: [],
    });
  });
});
