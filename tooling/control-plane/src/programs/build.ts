import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { BuildProgress } from "./build-progress.ts";
import { go } from "./go.ts";
import { type Program, fileName, programs } from "./programs.ts";
import type { Source } from "./source.ts";

export interface BuildCall {
  /** Told from time to time how far a build is: it takes minutes. */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

interface BuildRequest {
  readonly source: Source;
  readonly programs: readonly Program[];
  /** Where they are to be. */
  readonly cache: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Builds programs of one source. Rejects with a sentence where there is no Go. */
export async function build(
  { source, programs: names, cache }: BuildRequest,
  { say, signal }: BuildCall,
): Promise<void> {
  await mkdir(cache, { recursive: true });
  await removeKilledBuilds(cache);
  const folder = await mkdtemp(join(cache, "build-"));
  try {
    await source.writeModule(folder, { signal });
    using progress = new BuildProgress(`${source.title}: building ${names.join(", ")}`, say);
    const call = { cwd: folder, signal, onLine: (line: string) => progress.heard(line) };
    const common = ["-v", "-trimpath", "-ldflags", source.linkerFlags];
    const plain = names.filter((name) => name !== "e2e.test");
    if (plain.length > 0) {
      await mkdir(join(folder, "bin"));
      await go(["build", ...common, "-o", "bin/", ...plain.map((name) => programs[name].package)], call);
      for (const name of plain) await rename(join(folder, "bin", builtName(name)), join(folder, name));
    }
    // Kubernetes looks at its own code.
    if (names.includes("e2e.test"))
      await go(["test", "-c", "-vet=off", ...common, "-o", "e2e.test", programs["e2e.test"].package], call);
    // Under its last name only once it is whole: somebody else may build the same.
    for (const name of names) await rename(join(folder, name), join(cache, fileName(name)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Go names a program for the last part of its package that is no version. */
function builtName(name: Program): string {
  const parts = programs[name].package.split("/").filter((part) => !/^v\d+$/.test(part));
  return parts.at(-1) ?? name;
}

/** A build takes minutes, in which its process may well be killed; none takes a day. */
async function removeKilledBuilds(cache: string): Promise<void> {
  const builds = (await readdir(cache)).filter((name) => name.startsWith("build-"));
  for (const path of builds.map((name) => join(cache, name))) {
    const { mtimeMs } = await stat(path);
    if (mtimeMs < Date.now() - dayMs) await rm(path, { recursive: true, force: true });
  }
}
