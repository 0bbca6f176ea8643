import { expect, test } from "vitest";
import { exports } from "../../src/rules/exports.ts";
import { violations } from "../fixture.ts";

const manifest = { "packages/a/package.json": { name: "@virtual-kubelet/a", exports: { ".": {} } } };
const opening = "/**\n * What it is for.\n *\n * @example\n * ```ts\n * a();\n * ```\n */\n";
const index = (code: string): Record<string, string | object> => ({ ...manifest, "packages/a/src/index.ts": code });

test("passes an index with purpose, example and exports by name", async () => {
  const code = `${opening}export { a } from "./a.ts";\nexport type { B } from "./b.ts";\nexport type * from "./generated/objects.ts";\n`;
  expect(await violations(exports, index(code))).toEqual([]);
});

test("asks for no index where nothing is to be imported", async () => {
  expect(await violations(exports, { "apps/a/package.json": { name: "a", exports: {} } })).toEqual([]);
});

test.each([
  ["no index", manifest, "is missing"],
  ["no opening comment", index('export { a } from "./a.ts";'), "says what the package is for"],
  ["an opening without example", index('/** For a. */\nexport { a } from "./a.ts";'), "no example"],
  ["a star export", index(`${opening}export * from "./a.ts";`), "index.ts:9 export * from ./a.ts"],
  ["code in an index", index(`${opening}export const a = 1;`), "index.ts:9 ExportNamedDeclaration"],
  ["a default export", { "tooling/a/src/a.ts": "export default 1;" }, "a.ts:1 default export"],
  [
    "a default export by another way",
    { "tooling/a/src/a.ts": "const a = 1;\nexport { a as default };" },
    "a.ts:2 default export",
  ],
  ["an enum", { "packages/a/src/a.ts": "export enum A { B }" }, "a.ts:1 enum"],
  ["a namespace", { "packages/a/src/a.ts": "namespace A { export const b = 1; }" }, "a.ts:1 namespace"],
  ["a global", { "packages/a/src/a.ts": "declare global { var b: number }" }, "a.ts:1 addition to the global scope"],
])("finds %s", async (_, files, message) => {
  expect(await violations(exports, files)).toEqual([expect.stringContaining(message)]);
});

test("lets a configuration have the default export that its tool wants", async () => {
  expect(await violations(exports, { "packages/a/tsup.config.ts": "export default {};" })).toEqual([]);
});
