import type { Files } from "./check.ts";

type Exports = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** The parts of a package.json that are checked. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Exports;
  readonly bin?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly access?: string; readonly exports?: Exports };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export const dependencyKinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"] as const;

export interface WorkspacePackage {
  /** `packages/provider`. */
  readonly folder: string;
  readonly manifestPath: string;
  readonly manifest: Manifest;
}

const manifestPath = /^(?<folder>(?:packages|apps|tooling|examples)\/[^/]+)\/package\.json$/;

/** Every package of the workspace, and the root as the package of folder "". The toolchain is apart: npm installs it, before there is a pnpm. */
export function workspacePackages(files: Files): readonly WorkspacePackage[] {
  const packages: WorkspacePackage[] = [];
  for (const [path, text] of files) {
    const folder = path === "package.json" ? "" : manifestPath.exec(path)?.groups?.["folder"];
    if (folder !== undefined && folder !== "tooling/toolchain")
      packages.push({ folder, manifestPath: path, manifest: JSON.parse(text) as Manifest });
  }
  return packages;
}

/** Those that are published: `packages/*` and `apps/*`. */
export function publishedPackages(files: Files): readonly WorkspacePackage[] {
  return workspacePackages(files).filter(({ folder }) => /^(packages|apps)\//.test(folder));
}

/** The files below a folder, with their paths from the root. */
export function* filesIn(files: Files, folder: string): Generator<readonly [path: string, text: string]> {
  for (const entry of files) if (entry[0].startsWith(`${folder}/`)) yield entry;
}

/** The first line that holds the text, counted from 1. */
export function lineOf(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? 1 : lineAt(text, at);
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
