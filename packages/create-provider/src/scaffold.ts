import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packageManifest } from "./package-manifest.ts";
import { providerNames } from "./provider-names.ts";
import { UsageError } from "./usage-error.ts";
import { scaffoldVersions } from "./versions/scaffold-versions.ts";

export interface ScaffoldOptions {
  /** As `--provider` will take it: `acme`. */
  readonly name: string;
  /** Where the package is to be; it must not be there, or be empty. `provider-<name>` when absent, in a workspace below `packages`. */
  readonly directory?: string;
  /** The package's name: `virtual-kubelet-provider-<name>` when absent, in the workspace `@virtual-kubelet/provider-<name>`. */
  readonly packageName?: string;
  /** Whether it is to be a package of this project's own workspace. */
  readonly isInWorkspace?: boolean;
}

export interface Scaffold {
  readonly directory: string;
  readonly packageName: string;
  /** Relative to the directory, in order. */
  readonly files: readonly string[];
}

/** At the root of this package, whether it runs from its sources or from what was built. */
const templates = fileURLToPath(new URL("../template", import.meta.url));

/** Writes a new provider's package. Throws a `UsageError` when the name is none, or something is where it is to be. */
export async function scaffold(options: ScaffoldOptions): Promise<Scaffold> {
  const { name, isInWorkspace = false } = options;
  const { slug, camel, pascal, upper } = providerNames(name);
  const packageName =
    options.packageName ?? `${isInWorkspace ? "@virtual-kubelet/" : "virtual-kubelet-"}provider-${slug}`;
  const directory = resolve(options.directory ?? `${isInWorkspace ? "packages/" : ""}provider-${slug}`);
  await requireEmpty(directory);
  const words = { slug, name: camel, Name: pascal, NAME: upper, package: packageName };
  const manifest = packageManifest({ packageName, title: pascal, versions: scaffoldVersions(), isInWorkspace });
  const files = new Map([
    ["package.json", `${JSON.stringify(manifest, undefined, 2)}\n`],
    ...(await filledTemplates("package", words)),
    ...(await filledTemplates(isInWorkspace ? "workspace" : "apart", words)),
  ]);
  for (const [path, text] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return { directory, packageName, files: [...files.keys()].toSorted() };
}

async function requireEmpty(directory: string): Promise<void> {
  const found = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UsageError(`${directory} cannot be a package's folder: ${error.message}`);
  });
  if (found.length > 0) throw new UsageError(`${directory} is not empty: name another by --directory.`);
}

/** The texts of a folder of templates by their paths, with the words put in. */
async function filledTemplates(
  folder: string,
  words: Readonly<Record<string, string>>,
): Promise<readonly (readonly [path: string, text: string])[]> {
  const from = join(templates, folder);
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(
    paths.map(async (path) => {
      const target = path.slice(from.length + 1).replace(/\.template$/, "");
      return [target.replaceAll("@slug@", words["slug"] ?? ""), filled(await readFile(path, "utf8"), words)] as const;
    }),
  );
}

function filled(template: string, words: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, word: string) => words[word] ?? placeholder);
}
