import { expect, test } from "vitest";
import { docsLinks } from "../../src/rules/docs-links.ts";
import { violations } from "../fixture.ts";

const repository = {
  "README.md": "# Title\n[a](docs/a.md#the-second-one-1) [site](https://example.com/x) [package](packages/a)",
  "docs/a.md":
    "# The `second` *one*\n## The second one\n[up](../README.md#title) [folder](..) [line](../packages/a/src/a.ts#L2)",
  "packages/a/package.json": { name: "a" },
  "packages/a/src/a.ts": "1\n2\n",
};

test("passes links to files, folders, headings and lines that are there", async () => {
  expect(await violations(docsLinks, repository)).toEqual([]);
});

test.each([
  ["a file that is not there", "[x](c.md)", "docs/b.md:2 c.md leads nowhere: there is no docs/c.md."],
  ["a heading that is not there", "[x](a.md#third)", 'docs/b.md:2 docs/a.md has no heading "#third".'],
  ["a line that is not there", "[x](../packages/a/src/a.ts#L3)", "docs/b.md:2 packages/a/src/a.ts has no line 3."],
  [
    "a reference that leads nowhere",
    "[x]: ./gone.md",
    "docs/b.md:2 ./gone.md leads nowhere: there is no docs/gone.md.",
  ],
])("finds a link to %s", async (_, line, message) => {
  const found = await violations(docsLinks, { ...repository, "docs/b.md": `\n${line}\n` });
  expect(found).toEqual([message]);
});

test("takes no link from code", async () => {
  expect(await violations(docsLinks, { ...repository, "docs/b.md": "`[x](y.md)`\n```md\n[x](y.md)\n```\n" })).toEqual(
    [],
  );
});

test("takes no footnote for a link", async () => {
  expect(await violations(docsLinks, { ...repository, "docs/b.md": "true[^1]\n\n[^1]: Said once.\n" })).toEqual([]);
});

test("finds a package that the README does not lead to", async () => {
  const found = await violations(docsLinks, { ...repository, "packages/b/package.json": { name: "b" } });
  expect(found).toEqual(["README.md does not lead to packages/b: add it to the table."]);
});
