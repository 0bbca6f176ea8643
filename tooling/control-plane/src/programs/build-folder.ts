import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const dayMs = 24 * 60 * 60 * 1000;

/** Lends a folder for a build beside where its result is to be, so that the result can be put there in one step. */
export async function inBuildFolder(cache: string, build: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(cache, { recursive: true });
  await removeKilledBuilds(cache);
  const folder = await mkdtemp(join(cache, "build-"));
  try {
    await build(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A build takes minutes, in which its process may well be killed; none takes a day. */
async function removeKilledBuilds(cache: string): Promise<void> {
  const builds = (await readdir(cache)).filter((name) => name.startsWith("build-"));
  for (const path of builds.map((name) => join(cache, name))) {
    const { mtimeMs } = await stat(path);
    if (mtimeMs < Date.now() - dayMs) await rm(path, { recursive: true, force: true });
  }
}
