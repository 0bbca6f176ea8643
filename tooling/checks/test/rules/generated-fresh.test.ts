import { expect, test } from "vitest";
import { generatedFresh } from "../../src/rules/generated-fresh.ts";
import { violations } from "../fixture.ts";

const path = "docs/letters.md";
const letters = { path, generate: () => "a\nb\n", tool: "the alphabet says" };

test.each([
  ["the same", "a\nb\n", []],
  ["another line", "a\nc\n", [2]],
  ["a line more", "a\nb\nc\n", [3]],
  ["a line less", "a\n", [2]],
])("compares with what the generator gives: %s", async (_, committed, lines) => {
  const found = await violations(generatedFresh([letters]), { [path]: committed });
  expect(found.map((text) => text.split(" ")[0])).toEqual(lines.map((line) => `${path}:${line}`));
});
