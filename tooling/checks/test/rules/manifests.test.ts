import { expect, test } from "vitest";
import { manifests } from "../../src/rules/manifests.ts";
import { violations } from "../fixture.ts";

const published = { types: "./dist/index.d.ts", default: "./dist/index.js" };
const good = {
  name: "@virtual-kubelet/a",
  version: "0.1.0",
  description: "For the tests.",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=22.19.0" },
  exports: { ".": { "@virtual-kubelet/source": "./src/index.ts", ...published }, "./package.json": "./package.json" },
  files: ["dist"],
  publishConfig: { access: "public", exports: { ".": published, "./package.json": "./package.json" } },
  dependencies: { undici: "catalog:", "@virtual-kubelet/provider": "workspace:^" },
};
const check = (manifest: object): Promise<string[]> =>
  violations(manifests, { "packages/a/package.json": manifest, "packages/a/README.md": "# a" });

test("passes a package that can be published", async () => {
  expect(await check(good)).toEqual([]);
});

test.each([
  ["is private", { private: true }, "is private"],
  ["has no version", { version: undefined }, "has no version"],
  ["has no description", { description: "" }, "has no description"],
  ["has another licence", { license: "MIT" }, "Apache-2.0"],
  ["is CommonJS", { type: "commonjs" }, "is not ESM"],
  ["leaves out sideEffects", { sideEffects: undefined }, "sideEffects"],
  ["names no engine", { engines: undefined }, "engines"],
  ["publishes more than dist", { files: ["dist", "src"] }, "dist"],
  ["runs code on installation", { scripts: { postinstall: "node x.js" } }, "install scripts (postinstall)"],
  ["fixes a version", { dependencies: { undici: "^8.0.0" } }, 'undici is "^8.0.0": refer to it by "catalog:"'],
  ["takes our own by catalog", { devDependencies: { "virtual-kubelet": "catalog:" } }, 'refer to it by "workspace:^"'],
  [
    "publishes its sources",
    { publishConfig: { access: "public", exports: good.exports } },
    'without the condition "@virtual-kubelet/source"',
  ],
  ["is not public", { publishConfig: { exports: good.publishConfig.exports } }, "access"],
])("finds a package that %s", async (_, change, message) => {
  expect(await check({ ...good, ...change })).toEqual([expect.stringContaining(message)]);
});

test("finds an entry without types, and one that has no source", async () => {
  const entry = { default: "./dist/index.js" };
  const found = await check({
    ...good,
    exports: { ".": entry },
    publishConfig: { access: "public", exports: { ".": entry } },
  });
  expect(found.join()).toMatch(/no "@virtual-kubelet\/source".*"types" first.*"\.\/package\.json"/s);
});

test("finds a package without a README, and a tool that would be published", async () => {
  expect(await violations(manifests, { "packages/a/package.json": good })).toEqual([
    expect.stringContaining("README.md is missing"),
  ]);
  expect(await violations(manifests, { "tooling/a/package.json": { name: "a" } })).toEqual([
    expect.stringContaining('"private": true'),
  ]);
});
