import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Check, Files, Violation } from "../check.ts";
import { type Found, moduleSyntax } from "../source/module-syntax.ts";
import { type WorkspacePackage, dependencyKinds, filesIn, lineOf, workspacePackages } from "../workspace.ts";
import { hasLayer, isProvider, mayUse } from "./layer-table.ts";

/** Imports and dependencies of every kind point one way. */
export const layers: Check = {
  name: "layers",
  promise: "packages know only the layers below them, and only what they declare",
  run: (files) => {
    const packages = workspacePackages(files).filter(({ folder }) => folder !== "");
    const folders = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));
    return packages.flatMap((one) => [
      ...manifestViolations(files, one, folders),
      ...sourceViolations(files, one, folders),
    ]);
  },
};

const table = "tooling/checks/src/rules/layer-table.ts";

type Folders = ReadonlyMap<string, string>;

function manifestViolations(
  files: Files,
  { folder, manifest, manifestPath }: WorkspacePackage,
  folders: Folders,
): Violation[] {
  if (!hasLayer(folder)) return [{ path: manifestPath, message: `${folder} has no layer yet: add a row to ${table}.` }];
  const names = dependencyKinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  return names.flatMap((name) => {
    const target = folders.get(name);
    if (target === undefined || mayUse(folder, target)) return [];
    const line = lineOf(files.get(manifestPath) ?? "", `"${name}"`);
    return [{ path: manifestPath, line, message: outOfLayer(folder, target) }];
  });
}

function sourceViolations(files: Files, one: WorkspacePackage, folders: Folders): Violation[] {
  const violations: Violation[] = [];
  for (const [path, text] of filesIn(files, one.folder)) {
    if (!/\.[cm]?[jt]s$/.test(path)) continue;
    const { imports, strings } = moduleSyntax(path, text);
    const report = (found: Found, message: string | undefined): void => {
      if (message) violations.push({ path, line: found.line, message });
    };
    for (const found of imports) report(found, importViolation({ path, specifier: found.text }, one, folders));
    if (!/^(packages|apps)\//.test(one.folder) || isProvider(one.folder)) continue;
    for (const found of strings) report(found, providerName(found.text, folders));
  }
  return violations;
}

function importViolation(
  from: { path: string; specifier: string },
  one: WorkspacePackage,
  folders: Folders,
): string | undefined {
  const { path, specifier } = from;
  if (specifier.startsWith(".")) return relativeViolation(path, posix.join(posix.dirname(path), specifier), one.folder);
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? undefined : `Import "node:${specifier}".`;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const target = folders.get(name);
  if (target === one.folder) return undefined;
  if (target !== undefined && !mayUse(one.folder, target)) return outOfLayer(one.folder, target);
  if (target !== undefined && /\/(src|dist)\//.test(`${specifier}/`))
    return `Import what ${name} exports, not a file of its sources.`;
  return declarationViolation(path, name, one);
}

function declarationViolation(path: string, name: string, { folder, manifest }: WorkspacePackage): string | undefined {
  const published = path.startsWith(`${folder}/src/`) && /^(packages|apps)\//.test(folder);
  const needed =
    published && !bundled[folder]?.includes(name)
      ? dependencyKinds.filter((kind) => kind !== "devDependencies")
      : dependencyKinds;
  if (needed.some((kind) => manifest[kind]?.[name] !== undefined) || atTheRoot.has(name)) return undefined;
  return `${name} is not declared in ${folder}/package.json: add it to ${published ? "dependencies" : "devDependencies"}.`;
}

/** Test and build tools that the root package.json brings for all. */
const atTheRoot = new Set(["vitest", "vitest/config", "fast-check", "tsup"]);

/** What a package carries in its own files, so that it is not installed beside it. */
const bundled: Readonly<Record<string, readonly string[]>> = {
  "packages/kubernetes": ["@kubernetes/client-node", "yaml"],
};

function relativeViolation(path: string, target: string, folder: string): string | undefined {
  if (target.startsWith(`${folder}/`)) return undefined;
  // Tools of the repository are not published, and a build's configuration is no part of a package.
  if (target.startsWith("tooling/") && (folder.startsWith("tooling/") || path.endsWith(".config.ts"))) return undefined;
  return `${target} is outside ${folder}: import the package that it is part of, by name.`;
}

function providerName(text: string, folders: Folders): string | undefined {
  const named = [...folders].find(
    ([name, folder]) => isProvider(folder) && (text === name || text.startsWith(`${name}/`)),
  );
  return named && `Names the provider ${named[0]}: only the user does that, by option or configuration.`;
}

function outOfLayer(folder: string, target: string): string {
  return `${folder} may not know ${target} (see ${table}): move the code to a layer that may, or the test to tooling/integration.`;
}
