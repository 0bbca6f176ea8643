import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Violation } from "../check.ts";
import { repositoryRoot } from "../repository.ts";
import { installedPackages } from "./installed-packages.ts";
import type { CodeBlock } from "./markdown.ts";

/** A block of TypeScript in a document. */
export interface Example extends CodeBlock {
  /** The document's. */
  readonly path: string;
}

/** Type-checks each block as a module that can import every package of the workspace. */
export async function typeErrors(examples: readonly Example[]): Promise<Violation[]> {
  if (examples.length === 0) return [];
  const parent = join(repositoryRoot, ".virtual-kubelet");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "docs-code-"));
  try {
    await Promise.all(examples.map((example) => writeExample(join(folder, "documents", example.path), example)));
    await Promise.all(
      Array.from(installedPackages(repositoryRoot), (entry) => linkPackage(join(folder, "node_modules"), entry)),
    );
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(compilerConfig));
    return (await compilerOutput(folder)).split("\n").flatMap(compilerError);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const compilerConfig = {
  extends: "../../tooling/tsconfig/base.json",
  compilerOptions: { moduleDetection: "force", typeRoots: ["./node_modules/@types"] },
  include: ["documents"],
};

/** At the same line as in its document, so that the compiler's positions are the document's. `// name.ts` as its first line names it for other blocks. */
async function writeExample(folder: string, { line, code }: Example): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = "\n".repeat(line - 1) + code;
  const name = /^\/\/ ([a-z0-9-]+\.ts)$/.exec(code.split("\n", 1)[0] ?? "")?.[1];
  await writeFile(join(folder, name ?? `line-${line}.ts`), text);
}

async function linkPackage(folder: string, [name, target]: readonly [name: string, target: string]): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await symlink(target, join(folder, name), "junction");
}

async function compilerOutput(folder: string): Promise<string> {
  const compiler = join(repositoryRoot, "node_modules/.bin/tsc");
  try {
    const { stdout } = await promisify(execFile)(compiler, ["-p", folder, "--pretty", "false"], {
      cwd: folder,
      timeout: 120_000,
    });
    return stdout;
  } catch (error) {
    if (error instanceof Error && "stdout" in error && typeof error.stdout === "string") return error.stdout;
    throw error;
  }
}

/** Errors in the packages' own sources are not reported here: the type check of the repository does that. */
function compilerError(text: string): Violation[] {
  if (text.startsWith("error ")) return [{ path: "tooling/checks", message: text }];
  const found = /^documents\/(?<path>.+)\/[\w-]+\.ts\((?<line>\d+),\d+\): error (?<message>.*)$/.exec(text)?.groups;
  return found ? [{ path: found["path"] ?? "", line: Number(found["line"]), message: found["message"] ?? "" }] : [];
}
