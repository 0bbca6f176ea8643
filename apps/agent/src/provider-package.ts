import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A provider's package, found but not loaded. */
export interface ProviderPackage {
  /** As `--provider` takes it. */
  readonly name: string;
  readonly version: string;
  readonly directory: string;
}

/** The packages that `--provider` may mean, first to last: `nomad` is `@virtual-kubelet/provider-nomad` or else `nomad`. */
export function candidatePackages(name: string): string[] {
  return /^[a-z0-9][a-z0-9-]*$/.test(name) ? [`@virtual-kubelet/provider-${name}`, name] : [name];
}

/** Whether a provider is named by its place instead of its package. */
export function isPath(name: string): boolean {
  return isAbsolute(name) || /^\.{1,2}(\/|$)/.test(name);
}

/** The URL of the module that `specifier` means when imported by a file in `directory`; `undefined` if it is not there. */
export function resolveModule(specifier: string, directory: string): string | undefined {
  try {
    if (isPath(specifier)) return resolveFile(resolve(directory, specifier));
    return resolveAsImport(specifier, pathToFileURL(join(directory, "importer.js")).href);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Node's own resolution, with the conditions of `import` and those of the command line, as if from another file. */
function resolveAsImport(specifier: string, parentURL: string): string {
  const token = "virtual-kubelet:provider";
  const hooks = registerHooks({
    resolve: (wanted, context, next) =>
      wanted === token ? next(specifier, { ...context, parentURL }) : next(wanted, context),
  });
  try {
    return import.meta.resolve(token);
  } finally {
    hooks.deregister();
  }
}

/** A file is itself; a folder is the package in it, which it may import by its own name when it has `exports`. */
function resolveFile(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return undefined;
  if (!stats.isDirectory()) return pathToFileURL(path).href;
  const manifest = readManifest(path);
  if (manifest?.["exports"] !== undefined && typeof manifest["name"] === "string") {
    return resolveAsImport(manifest["name"], pathToFileURL(join(path, "importer.js")).href);
  }
  const main = typeof manifest?.["main"] === "string" ? manifest["main"] : "index.js";
  return pathToFileURL(join(path, main)).href;
}

/** The `@virtual-kubelet/provider-*` packages that are visible from these directories, each once, the nearest first. */
export function installedProviders(directories: readonly string[]): ProviderPackage[] {
  const found = new Map<string, ProviderPackage>();
  for (const start of directories) {
    for (const directory of upwards(start)) {
      const scope = join(directory, "node_modules", "@virtual-kubelet");
      for (const entry of listed(scope).filter((name) => name.startsWith("provider-"))) {
        const manifest = readManifest(join(scope, entry));
        const name = entry.slice("provider-".length);
        if (!manifest || found.has(name)) continue;
        found.set(name, { name, version: String(manifest["version"]), directory: realpathSync(join(scope, entry)) });
      }
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The folder of this program: where providers that were installed beside it are found. */
export function ownDirectory(): string {
  return dirname(fileURLToPath(import.meta.url));
}

function* upwards(start: string): Generator<string> {
  for (let directory = start; ; directory = dirname(directory)) {
    yield directory;
    if (directory === dirname(directory)) return;
  }
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readManifest(directory: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
