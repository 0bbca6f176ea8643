import type { Check, Files, Violation } from "../check.ts";
import { isSource } from "../source/is-source.ts";
import { type ModuleSyntax, moduleSyntax } from "../source/module-syntax.ts";
import { codeBlocks } from "../source/markdown.ts";
import { moduleComment } from "../source/module-comment.ts";
import { publishedPackages } from "../workspace.ts";

/** Index files are read as the table of contents of their package. */
export const exports: Check = {
  name: "exports",
  promise:
    "index.ts opens with purpose and example and exports by name; no default exports, enums or namespaces anywhere",
  run: (files) => [...indexViolations(files), ...constructViolations(files)],
};

function* indexViolations(files: Files): Generator<Violation> {
  for (const { folder, manifest } of publishedPackages(files)) {
    if (manifest.exports?.["."] === undefined) continue;
    const path = `${folder}/src/index.ts`;
    const text = files.get(path);
    if (text === undefined) {
      yield { path, message: "is missing: every package has one." };
      continue;
    }
    const comment = moduleComment(text);
    if (comment === undefined)
      yield { path, line: 1, message: "does not open with a comment that says what the package is for." };
    else if (codeBlocks(comment).length === 0)
      yield { path, line: 1, message: "has no example (a ts block) in its opening comment." };
    yield* statementViolations(path, moduleSyntax(path, text));
  }
}

function* statementViolations(path: string, { notReexports }: ModuleSyntax): Generator<Violation> {
  for (const { text, line } of notReexports) {
    if (/^export \* from .*\/generated\//.test(text)) continue;
    yield { path, line, message: `${text}: an index holds nothing but \`export { name } from "./file.ts"\`.` };
  }
}

function* constructViolations(files: Files): Generator<Violation> {
  for (const [path, text] of files) {
    if (!isSource(path) || path.endsWith(".config.ts")) continue;
    for (const { text: what, line } of moduleSyntax(path, text).unwanted)
      yield { path, line, message: `${what}: ${instead(what)}.` };
  }
}

function instead(what: string): string {
  if (what === "enum") return "use a union of strings";
  return what === "default export" ? "export it by name" : "use a module";
}
