import { readFileSync } from "node:fs";

/** Ranges by package name. */
export type Versions = Readonly<Record<string, string>>;

const ours = ["kubernetes", "pod-toolkit", "provider", "provider-testkit"];
const others = ["@types/node", "tsup", "typescript", "undici", "vitest", "zod"];

const root = new URL("../../../../", import.meta.url);

/** What a scaffold depends on, in the versions of the workspace that this file is in. */
export function workspaceVersions(): Versions {
  const catalog = readFileSync(new URL("pnpm-workspace.yaml", root), "utf8");
  return Object.fromEntries([
    ...ours.map((folder) => [`@virtual-kubelet/${folder}`, `^${versionOf(folder)}`]),
    ...others.map((name) => [name, rangeIn(catalog, name)]),
  ]);
}

function versionOf(folder: string): string {
  const text = readFileSync(new URL(`packages/${folder}/package.json`, root), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

function rangeIn(catalog: string, name: string): string {
  const line = catalog.split("\n").find((each) => each.replaceAll('"', "").startsWith(`  ${name}: `));
  if (line === undefined) throw new Error(`The catalog of pnpm-workspace.yaml has no version of ${name}.`);
  return line.slice(line.indexOf(": ") + 2).trim();
}
