import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../workspace.ts";
import { command } from "./command.ts";
import type { Tarball } from "./tarballs.ts";

export type PackageManager = "npm" | "pnpm";

export interface ProjectOptions {
  /** Outside the repository, so that nothing but what is installed can be found from it. */
  readonly folder: string;
  readonly packageManager: PackageManager;
  /** What the project depends on. */
  readonly packages: readonly Tarball[];
  /** Where everything that these need from the workspace comes from. */
  readonly tarballs: readonly Tarball[];
}

/** Makes an empty project and installs packages into it from their tarballs, as a user would. */
export async function installProject({
  folder,
  packageManager,
  packages,
  tarballs,
}: ProjectOptions): Promise<undefined> {
  await mkdir(folder, { recursive: true });
  const fileOf = (tarball: Tarball): [string, string] => [tarball.manifest.name, `file:${tarball.path}`];
  const dependencies = Object.fromEntries(packages.map(fileOf));
  const overrides = Object.fromEntries(tarballs.filter((tarball) => !packages.includes(tarball)).map(fileOf));
  const manifest = { name: "consumer", private: true, type: "module", dependencies, overrides, pnpm: { overrides } };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  await command(packageManager, ["install", "--prefer-offline"], { cwd: folder });
  for (const {
    manifest: { name },
  } of packages) {
    const installed = await readFile(join(folder, "node_modules", name, "package.json"), "utf8");
    const left = /"@virtual-kubelet\/source"|"(?:workspace|catalog):/.exec(
      installed.replace(/"devDependencies": \{[^}]*\}/, ""),
    );
    if (left) throw new Error(`The package.json that ${name} is published with still holds ${left[0]}.`);
  }
}

/** What can be imported of a package: `virtual-kubelet`, `@virtual-kubelet/kubernetes/kubeconfig`. */
export function entriesOf({ name, exports = {} }: Manifest): readonly string[] {
  const modules = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  return modules.map((entry) => name + entry.slice(1));
}
