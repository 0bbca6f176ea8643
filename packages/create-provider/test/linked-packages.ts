import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Installs a package's dependencies by links: this workspace's packages, and the others as the workspace has them. */
export function linkPackages(directory: string): void {
  const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
    const link = join(directory, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(placeOf(name), link, "junction");
  }
}

function placeOf(name: string): string {
  const places = [
    name.replace(/^@virtual-kubelet/, "packages"),
    join("node_modules", name),
    join("node_modules/.pnpm/node_modules", name),
  ];
  const found = places.map((place) => join(repository, place)).find((place) => existsSync(place));
  if (found === undefined) throw new Error(`The workspace has no ${name}.`);
  return found;
}
