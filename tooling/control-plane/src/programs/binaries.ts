import { join } from "node:path";
import { releaseOf } from "../versions.ts";
import { type BuildCall, build } from "./build.ts";
import { cacheFolder, exists } from "./cache.ts";
import { type Program, fileName, programs } from "./programs.ts";
import { type Source, sourceOf } from "./source.ts";

export interface BuildOptions<Name extends Program> extends BuildCall {
  readonly programs: readonly Name[];
}

/** Changes when the same release would be built differently. */
const recipe = 1;

/**
 * The paths of a release's programs, and of those that go with every release. Those that were never built are built now, and
 * kept for ever in the user's cache (`$XDG_CACHE_HOME/virtual-kubelet/control-plane`). Rejects with a sentence where there is
 * no Go.
 *
 * @param version `1.37` or `1.37.2`
 */
export async function binaries<Name extends Program>(
  version: string,
  options: BuildOptions<Name>,
): Promise<Readonly<Record<Name, string>>> {
  const release = releaseOf(version);
  const paths: (readonly [Name, string])[] = [];
  for (const [from, names] of Map.groupBy(options.programs, (name) => programs[name].from)) {
    const source = sourceOf(from, release);
    const cache = cacheOf(source);
    const missing: Name[] = [];
    for (const name of names) if (!(await exists(join(cache, fileName(name))))) missing.push(name);
    if (missing.length > 0) await build({ source, programs: missing, cache }, options);
    paths.push(...names.map((name) => [name, join(cache, fileName(name))] as const));
  }
  return Object.fromEntries(paths) as Record<Name, string>;
}

/** Whether all of them are there without building. */
export async function areBuilt(version: string, names: readonly Program[]): Promise<boolean> {
  const release = releaseOf(version);
  const found = names.map((name) => exists(join(cacheOf(sourceOf(programs[name].from, release)), fileName(name))));
  return (await Promise.all(found)).every(Boolean);
}

function cacheOf({ id }: Source): string {
  return cacheFolder("control-plane", { id, recipe });
}
