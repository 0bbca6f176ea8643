import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { installedSize } from "../../src/packed/budgets.ts";
import { entriesOf } from "../../src/packed/project.ts";

test("imports every entry of a package but its manifest", () => {
  const exports = { ".": {}, "./kubeconfig": {}, "./package.json": "./package.json" };
  expect(entriesOf({ name: "@virtual-kubelet/kubernetes", exports })).toEqual([
    "@virtual-kubelet/kubernetes",
    "@virtual-kubelet/kubernetes/kubeconfig",
  ]);
});

async function projectOf(packages: readonly string[], bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "virtual-kubelet-project-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of packages) {
    await mkdir(join(folder, "node_modules", name, "dist"), { recursive: true });
    await writeFile(join(folder, "node_modules", name, "package.json"), "{}");
    await writeFile(join(folder, "node_modules", name, "dist/package.json"), "x".repeat(bytes));
  }
  return folder;
}

test("counts installed packages, scoped and nested ones, and their bytes", async () => {
  const folder = await projectOf(["undici", "@scope/a", "undici/node_modules/b"], 500_000);
  expect(await installedSize(folder)).toBe("3 packages, 1.5 MB");
});

test.each([
  ["six packages", ["a", "b", "c", "d", "e", "f"], 1],
  ["seven megabytes", ["a"], 7_000_000],
])("finds %s too much", async (_, packages, bytes) => {
  await expect(installedSize(await projectOf(packages, bytes))).rejects.toThrow("at most 5 packages and 6 MB");
});
