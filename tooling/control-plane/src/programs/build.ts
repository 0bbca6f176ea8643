import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { inBuildFolder } from "./build-folder.ts";
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

/** Builds programs of one source. Rejects with a sentence where there is no Go. */
export async function build(
  { source, programs: names, cache }: BuildRequest,
  { say, signal }: BuildCall,
): Promise<void> {
  await inBuildFolder(cache, async (folder) => {
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
  });
}

/** Go names a program for the last part of its package that is no version. */
function builtName(name: Program): string {
  const parts = programs[name].package.split("/").filter((part) => !/^v\d+$/.test(part));
  return parts.at(-1) ?? name;
}
