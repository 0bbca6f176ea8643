import { isDeepStrictEqual } from "node:util";
import type { Check, Violation } from "../check.ts";
import { type Manifest, dependencyKinds, lineOf, publishedPackages, workspacePackages } from "../workspace.ts";

/** What packages publish beside what is built, each with its reason. */
const beside: Readonly<Record<string, readonly string[]>> = {
  // The manifests that give an agent its rights, of the same version.
  "@virtual-kubelet/agent": ["deploy"],
  // What it makes packages of.
  "@virtual-kubelet/create-provider": ["template"],
};

const sourceCondition = "@virtual-kubelet/source";

/** Each package can be published on its own, as it stands. */
export const manifests: Check = {
  name: "manifests",
  promise:
    "every package can be published: ESM with types, versions by catalog: or workspace:^, exports without the sources",
  run: (files) => {
    const violations: Violation[] = [];
    for (const { folder, manifest, manifestPath: path } of workspacePackages(files)) {
      const text = files.get(path) ?? "";
      for (const [part, message] of versionFaults(manifest))
        violations.push({ path, line: lineOf(text, part), message });
      const unpublished = folder === "" || /^(tooling|examples)\//.test(folder);
      if (unpublished && manifest.private !== true)
        violations.push({ path, message: 'is not published: it says "private": true.' });
    }
    for (const { folder, manifest, manifestPath: path } of publishedPackages(files)) {
      for (const message of [...shapeFaults(manifest), ...exportFaults(manifest)]) violations.push({ path, message });
      if (!files.has(`${folder}/README.md`))
        violations.push({ path: `${folder}/README.md`, message: "is missing: every package has one." });
    }
    return violations;
  },
};

function* versionFaults(manifest: Manifest): Generator<readonly [part: string, message: string]> {
  for (const kind of dependencyKinds) {
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      const ours = name === "virtual-kubelet" || name.startsWith("@virtual-kubelet/");
      const wanted = ours ? "workspace:^" : "catalog:";
      if (version !== wanted) yield [`"${name}"`, `${name} is "${version}": refer to it by "${wanted}".`];
    }
  }
}

function* shapeFaults(manifest: Manifest): Generator<string> {
  if (manifest.private) yield "is private: what is not published lives in tooling/ or examples/.";
  if (!/^\d+\.\d+\.\d+/.test(manifest.version ?? "")) yield "has no version.";
  if (!manifest.description) yield "has no description.";
  if (manifest.license !== "Apache-2.0") yield 'has not "license": "Apache-2.0".';
  if (manifest.type !== "module") yield 'is not ESM: "type": "module".';
  if (manifest.sideEffects !== false) yield 'does not say "sideEffects": false.';
  if (!manifest.engines?.["node"]) yield 'does not say which "engines" it needs.';
  const files = [...(beside[manifest.name ?? ""] ?? []), "dist"];
  if (!isDeepStrictEqual(manifest.files, files)) yield `does not publish "files": ${JSON.stringify(files)} alone.`;
  if (manifest.publishConfig?.access !== "public") yield 'has no "publishConfig": { "access": "public" }.';
  const scripts = ["preinstall", "install", "postinstall", "prepare"].filter((name) => manifest.scripts?.[name]);
  if (scripts.length > 0)
    yield `has install scripts (${scripts.join(", ")}): no package of ours runs code when it is installed.`;
}

function* exportFaults({ exports = {}, publishConfig }: Manifest): Generator<string> {
  const published: Record<string, unknown> = {};
  for (const [entry, target] of Object.entries(exports)) {
    if (typeof target === "string") {
      published[entry] = target;
      continue;
    }
    const { [sourceCondition]: source, ...rest } = target;
    published[entry] = rest;
    const conditions = Object.keys(rest);
    if (!source?.startsWith("./src/")) yield `export "${entry}" has no "${sourceCondition}".`;
    if (conditions[0] !== "types" || conditions.at(-1) !== "default")
      yield `export "${entry}" has not "types" first and "default" last.`;
  }
  if (!isDeepStrictEqual(publishConfig?.exports, published)) {
    yield `"publishConfig"."exports" is not "exports" without the condition "${sourceCondition}".`;
  }
  if (exports["./package.json"] === undefined) yield 'does not export "./package.json".';
}
