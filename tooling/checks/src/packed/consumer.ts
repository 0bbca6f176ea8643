import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeBlocks } from "../source/markdown.ts";
import { moduleComment } from "../source/module-comment.ts";
import { moduleSyntax } from "../source/module-syntax.ts";
import { command } from "./command.ts";
import { entriesOf } from "./project.ts";
import type { Tarball } from "./tarballs.ts";
import type { Tool, Tools } from "./tools.ts";

/** Writes a small program that uses a package: everything that it exports, and the example of its documentation. */
export async function writeConsumer(folder: string, tarball: Tarball): Promise<undefined> {
  const entries = entriesOf(tarball.manifest);
  const lines = entries.map((entry, index) => `import * as entry${index} from ${JSON.stringify(entry)};`);
  const names = entries.map((_, index) => `Object.keys(entry${index}).length`);
  await writeFile(
    join(folder, "consumer.ts"),
    `${lines.join("\n")}\nexport const counts: number[] = [${names.join(", ")}];\n`,
  );
  for (const [index, { code }] of codeBlocks(moduleComment(tarball.index) ?? "").entries()) {
    const foreign = moduleSyntax("example.ts", code).imports.some(
      ({ text }) => !text.startsWith("node:") && !entries.includes(text),
    );
    if (!foreign) await writeFile(join(folder, `example-${index}.ts`), code);
  }
}

/** Type-checks the program and the declarations of all that it imports. */
export async function typeCheck(folder: string, compiler: Tool, { typeRoot, nodes }: Tools): Promise<undefined> {
  const compilerOptions = {
    target: "es2024",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    moduleDetection: "force",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    typeRoots: [typeRoot],
    types: ["node"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const node = nodes.at(-1)?.path ?? process.execPath;
  await command(node, [compiler.path, "-p", folder, "--pretty", "false"], { cwd: folder });
}

/** Imports every entry of the packages in one process, and runs each of their commands once. */
export async function runPackages(folder: string, packages: readonly Tarball[], node: Tool): Promise<undefined> {
  const entries = packages.flatMap(({ manifest }) => entriesOf(manifest));
  const script = `for (const entry of ${JSON.stringify(entries)}) await import(entry);`;
  await command(node.path, ["--input-type=module", "--eval", script], { cwd: folder, timeoutMs: 60_000 });
  for (const {
    manifest: { name, bin = {} },
  } of packages) {
    for (const file of Object.values(bin)) {
      await command(node.path, [join(folder, "node_modules", name, file), "--help"], {
        cwd: folder,
        timeoutMs: 60_000,
      });
    }
  }
}
