import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { command } from "../../src/packed/command.ts";
import { runAttw, runPublint } from "../../src/packed/tarball-faults.ts";
import type { Tarball } from "../../src/packed/tarballs.ts";

const manifest = {
  name: "consumed",
  version: "1.0.0",
  license: "Apache-2.0",
  type: "module",
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  files: ["dist"],
};
const good = { "dist/index.js": "export const a = 1;\n", "dist/index.d.ts": "export declare const a: number;\n" };

async function packed(files: Readonly<Record<string, string>>): Promise<Tarball> {
  const folder = await mkdtemp(join(tmpdir(), "virtual-kubelet-tarball-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [path, text] of Object.entries({ ...files, "package.json": JSON.stringify(manifest) })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await command("npm", ["pack", "--offline"], { cwd: folder });
  const name = (await readdir(folder)).find((file) => file.endsWith(".tgz")) ?? "";
  return { folder, manifestPath: join(folder, "package.json"), manifest, path: join(folder, name), index: "" };
}

test("passes a tarball whose files are what its package.json says", async () => {
  const tarball = await packed(good);
  await expect(runPublint(tarball)).resolves.toBeUndefined();
  await expect(runAttw(tarball)).resolves.toBeUndefined();
});

test("finds an export that is not in the tarball", async () => {
  await expect(runPublint(await packed({ "dist/index.d.ts": good["dist/index.d.ts"] }))).rejects.toThrow(
    /dist\/index\.js.*does not exist/,
  );
});

test("finds declarations that an importer cannot resolve", async () => {
  const tarball = await packed({ ...good, "dist/index.d.ts": 'export { a } from "./a.ts";\n' });
  await expect(runAttw(tarball)).rejects.toThrow(/[Ii]nternal resolution error/);
});
