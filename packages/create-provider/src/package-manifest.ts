import type { Versions } from "./versions/workspace-versions.ts";

export interface ManifestOptions {
  readonly packageName: string;
  /** The provider's name, for people. */
  readonly title: string;
  readonly versions: Versions;
  /** Whether it is to be a package of this project's own workspace. */
  readonly isInWorkspace: boolean;
}

const runtime = [
  "@virtual-kubelet/kubernetes",
  "@virtual-kubelet/pod-toolkit",
  "@virtual-kubelet/provider",
  "undici",
  "zod",
];
const testkit = "@virtual-kubelet/provider-testkit";
const tools = ["@types/node", "tsup", "typescript", "vitest"];

/** The package.json of a new provider. */
export function packageManifest(options: ManifestOptions): object {
  const { packageName, title, isInWorkspace } = options;
  const ranges = (names: readonly string[]) =>
    Object.fromEntries(names.toSorted().map((name) => [name, rangeOf(name, options)]));
  return {
    name: packageName,
    version: "0.0.0",
    description: `A virtual-kubelet provider whose pods are instances of ${title}.`,
    keywords: ["kubernetes", "virtual-kubelet"],
    license: "Apache-2.0",
    files: ["dist"],
    type: "module",
    sideEffects: false,
    ...(isInWorkspace ? workspaceParts : partsApart),
    dependencies: ranges(runtime),
    devDependencies: ranges(isInWorkspace ? [testkit] : [testkit, ...tools]),
    engines: { node: ">=22.19.0" },
  };
}

const built = { types: "./dist/index.d.ts", default: "./dist/index.js" };
const manifestItself = { "./package.json": "./package.json" };
const fake = "node --disable-warning=ExperimentalWarning test/serve-fake.ts";

const partsApart = {
  exports: { ".": built, ...manifestItself },
  scripts: { build: "tsup && tsc -p tsconfig.build.json", types: "tsc", test: "vitest run", fake },
};

const workspaceParts = {
  exports: { ".": { "@virtual-kubelet/source": "./src/index.ts", ...built }, ...manifestItself },
  publishConfig: { exports: { ".": built, ...manifestItself }, access: "public" },
  scripts: {
    build: "tsup && tsc -p tsconfig.build.json && node ../../tooling/tsconfig/declaration-imports.ts",
    fake,
  },
};

function rangeOf(name: string, { isInWorkspace, versions }: ManifestOptions): string {
  if (isInWorkspace) return name.startsWith("@virtual-kubelet/") ? "workspace:^" : "catalog:";
  const version = versions[name];
  if (version === undefined) throw new Error(`No version of ${name} is known.`);
  return version;
}
