import type { DefinedProvider } from "@virtual-kubelet/provider";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { nearestName } from "./config/nearest-name.ts";
import { candidatePackages, installedProviders, isPath, ownDirectory, resolveModule } from "./provider-package.ts";
import { UsageError } from "./usage-error.ts";

/** The version of the contract that this agent speaks. */
const contractVersion = 1;

export interface LoadedProvider {
  readonly provider: DefinedProvider;
  /** The URL of the module that it came from. */
  readonly module: string;
}

export interface LoadOptions {
  /** How long the import may take, in milliseconds; 30,000. */
  readonly limitMs?: number;
}

/**
 * Finds and imports a provider: by name (`nomad` is the package `@virtual-kubelet/provider-nomad`), by package name, or by
 * an absolute path. Looks from each of `directories`, then from where this program is. Throws a `UsageError` that says what
 * to install when it is not there, and what is wrong with it when it is no provider.
 */
export async function loadProvider(
  name: string,
  directories: readonly string[],
  { limitMs = 30_000 }: LoadOptions = {},
): Promise<LoadedProvider> {
  const module = findProvider(name, directories);
  let exported: Record<string, unknown>;
  try {
    exported = await importWithin(module, limitMs);
  } catch (error) {
    const problem = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new UsageError(`Cannot load the provider "${name}" from ${module}: ${problem}`, { cause: error });
  }
  return { provider: definedProvider(name, module, exported["provider"]), module };
}

/** A module that waits at its top level for what never comes must not keep the agent waiting too. */
async function importWithin(module: string, limitMs: number): Promise<Record<string, unknown>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it did not load within ${limitMs / 1000} s`)), limitMs);
  try {
    return (await Promise.race([import(module), late.promise])) as Record<string, unknown>;
  } finally {
    clearTimeout(timer);
  }
}

function findProvider(name: string, directories: readonly string[]): string {
  const places = [...directories, ownDirectory()];
  for (const candidate of candidatePackages(name)) {
    for (const directory of places) {
      const module = resolved(candidate, directory);
      if (module !== undefined) return module;
    }
  }
  throw new UsageError(notFound(name, places));
}

function resolved(candidate: string, directory: string): string | undefined {
  try {
    return resolveModule(candidate, directory);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot load the provider package ${candidate}: ${problem}`, { cause: error });
  }
}

function notFound(name: string, places: readonly string[]): string {
  if (isPath(name)) return `There is no provider at ${resolve(places[0] ?? "", name)}.`;
  const [candidate = name] = candidatePackages(name);
  const here = places.find((place) => existsSync(resolve(place, name)));
  if (here)
    return `The provider "${name}" is not installed; for ${resolve(here, name)} write ./${name}. To install it: npm install ${candidate}`;
  const installed = installedProviders(places).map((found) => found.name);
  const nearest = nearestName(name, installed);
  if (nearest)
    return `The provider "${name}" is not installed; did you mean "${nearest}"? To install it: npm install ${candidate}`;
  return `The provider "${name}" is not installed. To install it: npm install ${candidate}`;
}

/** Checks by shape alone: the package may have its own copy of the contract. */
function definedProvider(name: string, module: string, exported: unknown): DefinedProvider {
  if (typeof exported !== "function" || !("apiVersion" in exported)) {
    throw new UsageError(`"${name}" (${module}) is no provider: it has no export "provider" made by defineProvider.`);
  }
  if (exported.apiVersion !== contractVersion) {
    throw new UsageError(
      `The provider "${name}" speaks version ${String(exported.apiVersion)} of the contract and this agent version ` +
        `${contractVersion}: install versions of both that fit (npm install @virtual-kubelet/agent@latest).`,
    );
  }
  const provider = exported as unknown as DefinedProvider;
  if (typeof provider.providerName !== "string" || typeof provider.schema?.["~standard"]?.validate !== "function") {
    throw new UsageError(`"${name}" (${module}) is no provider: its export "provider" has no name or no schema.`);
  }
  return provider;
}
