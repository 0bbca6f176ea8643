import { expect, test } from "vitest";
import { fileSize } from "../../src/rules/file-size.ts";
import { violations } from "../fixture.ts";

test("passes 300 lines, twelve files, and a generated file of any length", async () => {
  const found = await violations(fileSize, {
    "packages/a/src/pod-status.ts": "x\n".repeat(300),
    "packages/a/src/generated/objects.ts": "x\n".repeat(4000),
    "packages/a/test/pod-status.test.ts": "x\n".repeat(400),
    "packages/a/tsup.config.ts": "",
    "tooling/a/run-tool.d.mts": "",
    ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`packages/a/src/routes/route-${index}.ts`, ""])),
  });
  expect(found).toEqual([]);
});

test.each([
  ["a file of 301 lines", { "packages/a/src/pod.ts": "x\n".repeat(301) }, "301 lines"],
  ["a name in camel case", { "packages/a/src/podStatus.ts": "" }, '"podStatus" is not in kebab-case'],
  ["a name that says nothing", { "packages/a/src/utils.ts": "" }, '"utils" says nothing'],
  ["a folder that says nothing", { "packages/a/src/common/pod.ts": "" }, '"common" says nothing'],
  [
    "a folder of thirteen files",
    Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`packages/a/src/part-${index}.ts`, ""])),
    "packages/a/src 13 files",
  ],
])("finds %s", async (_, files, message) => {
  expect(await violations(fileSize, files)).toEqual([expect.stringContaining(message)]);
});
