import { expect, test } from "vitest";
import { plainText } from "../../src/rules/plain-text.ts";
import { violations } from "../fixture.ts";

// Put together here, so that this file passes the check itself.
const machinePath = ["", "home", "somebody", "project"].join("/");
const registry = ["registry", "npmjs", "org"].join(".");
const skip = "test.skip";

test("passes text that depends on no place, and a test whose skip says why", async () => {
  const found = await violations(plainText, {
    "README.md": "See docs/work/notes and src/home/page.",
    "pnpm-lock.yaml": "resolution: {integrity: sha512-abc==}",
    "packages/a/test/a.test.ts": `// Windows has no signals.\n${skip}("ends", () => {});\n${skip}If(true)("ends", () => {});`,
  });
  expect(found).toEqual([]);
});

test.each([
  ["a path of one machine", { "docs/a.md": `\nIn ${machinePath}.` }, "docs/a.md:2"],
  ["a registry's host", { "tooling/a/src/a.ts": `fetch("https://${registry}/a");` }, "host of a registry"],
  ["a lockfile with addresses", { "tooling/a/package-lock.json": '{ "resolved": "x" }' }, "without them"],
  [
    "a narrowed test",
    { "packages/a/test/a.test.ts": 'describe.only("a", () => {});' },
    ".only leaves the other tests out",
  ],
  [
    "a skipped test without a reason",
    { "packages/a/test/a.test.ts": `\n  ${skip}("a", () => {});` },
    "a.test.ts:2 .skip needs a comment",
  ],
])("finds %s", async (_, files, message) => {
  expect(await violations(plainText, files)).toEqual([expect.stringContaining(message)]);
});
