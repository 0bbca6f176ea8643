import { join } from "node:path";
import { runPackages, typeCheck, writeConsumer } from "./consumer.ts";
import { type PackageManager, installProject } from "./project.ts";
import type { Report } from "./report.ts";
import type { Tarball } from "./tarballs.ts";
import type { Tools } from "./tools.ts";

export interface MatrixOptions {
  readonly workshop: string;
  readonly tarballs: readonly Tarball[];
  readonly tools: Tools;
  readonly report: Report;
}

export const packageManagers: readonly PackageManager[] = ["npm", "pnpm"];

/** The folder of the project into which a package manager has installed one package alone. */
export function projectFolder({ folder }: Tarball, packageManager: PackageManager, workshop: string): string {
  return join(workshop, packageManager, folder);
}

/** One package, alone: with each package manager, each compiler, each Node.js. */
export async function runMatrix(tarball: Tarball, { workshop, tarballs, tools, report }: MatrixOptions): Promise<void> {
  const { name } = tarball.manifest;
  for (const packageManager of packageManagers) {
    const folder = projectFolder(tarball, packageManager, workshop);
    const installed = await report.check(`${name}: installs alone with ${packageManager}`, async () => {
      await installProject({ folder, packageManager, packages: [tarball], tarballs });
      return writeConsumer(folder, tarball);
    });
    if (!installed) continue;
    for (const compiler of tools.compilers) {
      await report.check(`${name}: type-checks with ${compiler.name}, installed by ${packageManager}`, () =>
        typeCheck(folder, compiler, tools),
      );
    }
    for (const node of tools.nodes) {
      await report.check(`${name}: runs on ${node.name}, installed by ${packageManager}`, () =>
        runPackages(folder, [tarball], node),
      );
    }
  }
}

/** All packages in one project: each can be imported beside the others. */
export async function runTogether({ workshop, tarballs, tools, report }: MatrixOptions): Promise<void> {
  const folder = join(workshop, "together");
  const installed = await report.check("all packages: install together with npm", () =>
    installProject({ folder, packageManager: "npm", packages: tarballs, tarballs }),
  );
  if (!installed) return;
  for (const tarball of tarballs) {
    for (const node of tools.nodes) {
      await report.check(`${tarball.manifest.name}: runs beside the others on ${node.name}`, () =>
        runPackages(folder, [tarball], node),
      );
    }
  }
}
