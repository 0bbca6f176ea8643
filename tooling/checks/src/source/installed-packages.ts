import { globSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Manifest } from "../workspace.ts";

/** The folder of each package that a user of the workspace's packages can import: these themselves, and what they depend on as installed. */
export function installedPackages(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of globSync(["packages/*/package.json", "apps/*/package.json"], { cwd: root })) {
    const { name } = JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
    found.set(name, join(root, dirname(path)));
  }
  const places = ["", "packages/*/", "apps/*/"];
  const patterns = places.flatMap((place) => [`${place}node_modules/[!.@]*`, `${place}node_modules/@*/*`]);
  for (const path of globSync(patterns, { cwd: root })) {
    const name = path.replaceAll("\\", "/").replace(/^.*node_modules\//, "");
    if (!found.has(name)) found.set(name, realpathSync(join(root, path)));
  }
  return found;
}
