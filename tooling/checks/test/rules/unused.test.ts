import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { unusedIn } from "../../src/rules/unused.ts";

async function repositoryOnDisk(files: Readonly<Record<string, string | object>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "virtual-kubelet-unused-"));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), typeof text === "string" ? text : JSON.stringify(text));
  }
  return root;
}

test("finds the file, the export, the dependency and the version that nothing uses, and nothing else", async () => {
  const root = await repositoryOnDisk({
    "package.json": { name: "root", private: true },
    "pnpm-workspace.yaml": "packages:\n  - packages/*\ncatalog:\n  left-over: ^1\n  undici: ^8\n  ws: ^8\n",
    "packages/a/package.json": {
      name: "a",
      exports: { ".": "./src/index.ts" },
      dependencies: { undici: "catalog:", ws: "catalog:" },
    },
    "packages/a/src/index.ts": 'export { used } from "./used.ts";\n',
    "packages/a/src/used.ts": 'import "undici";\nexport const used = 1;\n\nexport const spare = 2;\n',
    "packages/a/src/alone.ts": "export const alone = 1;\n",
  });
  const found = await unusedIn(root).run(new Map());
  expect(found.map(({ path, line, message }) => `${path}:${line ?? ""} ${message}`).toSorted()).toEqual([
    expect.stringMatching(/^packages\/a\/package\.json:\d* ws: no code imports this dependency/),
    expect.stringMatching(/^packages\/a\/src\/alone\.ts: nothing imports this file/),
    expect.stringMatching(/^packages\/a\/src\/used\.ts:4 spare: nothing outside the file uses this export/),
    expect.stringMatching(/^pnpm-workspace\.yaml:\d* left-over: no package uses this version/),
  ]);
});
