import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { publishedPackages, type WorkspacePackage } from "../workspace.ts";
import { readRepository, repositoryRoot } from "../repository.ts";
import { command } from "./command.ts";
import { inPairs } from "./in-pairs.ts";

/** A published package as it would be uploaded. */
export interface Tarball extends WorkspacePackage {
  readonly path: string;
  /** The source of its index.ts. */
  readonly index: string;
}

/** Builds every published package and packs it with pnpm, which is what honours `publishConfig.exports`. */
export async function packAll(folder: string): Promise<readonly Tarball[]> {
  const files = readRepository(repositoryRoot);
  const packages = publishedPackages(files);
  const filters = packages.map(({ manifest }) => `--filter=${manifest.name}`);
  await command("pnpm", ["exec", "turbo", "run", "build", "--output-logs=errors-only", ...filters], {
    cwd: repositoryRoot,
  });
  const tarballs: Tarball[] = [];
  await inPairs(packages, async (one) => {
    const destination = join(folder, one.folder);
    await command("pnpm", ["pack", "--pack-destination", destination], { cwd: join(repositoryRoot, one.folder) });
    const [name = ""] = await readdir(destination);
    tarballs.push({ ...one, path: join(destination, name), index: files.get(`${one.folder}/src/index.ts`) ?? "" });
  });
  return tarballs.toSorted((a, b) => a.folder.localeCompare(b.folder));
}
