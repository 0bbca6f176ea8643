import { posix } from "node:path";
import type { Check, Files, Violation } from "../check.ts";
import { isSource } from "../source/is-source.ts";

const maxLines = 300;
const maxFiles = 12;

/** Folders that hold a table of like files, each with the reason why the table is one. */
const tables: Readonly<Record<string, string>> = {
  "tooling/checks/src/rules": "one file per check",
  "packages/kubelet-api/src/routes": "one file per endpoint, as src/routes.ts lists them",
};

const vagueNames = new Set([
  "util",
  "utils",
  "helper",
  "helpers",
  "common",
  "type",
  "types",
  "shared",
  "manager",
  "managers",
  "base",
  "misc",
]);

/** Files and folders that can be read at a glance, with names that say what is in them. */
export const fileSize: Check = {
  name: "file-size",
  promise: `source files have at most ${maxLines} lines, folders at most ${maxFiles} of them, and names say what is inside`,
  run: (files) => [...fileViolations(files), ...folderViolations(files)],
};

function* fileViolations(files: Files): Generator<Violation> {
  for (const [path, text] of files) {
    if (!isSource(path)) continue;
    const lines = text.split("\n").length - 1;
    if (lines > maxLines && !/\/test\//.test(path)) {
      yield { path, line: maxLines, message: `${lines} lines: does it hold one thing? Split it by what it does.` };
    }
    for (const part of path.split("/")) yield* nameViolations(path, part.replace(/(\.(test|config|d))?\.[a-z]+$/, ""));
  }
}

function* nameViolations(path: string, name: string): Generator<Violation> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) yield { path, message: `"${name}" is not in kebab-case.` };
  if (vagueNames.has(name)) yield { path, message: `"${name}" says nothing: name it for what it exports.` };
}

function* folderViolations(files: Files): Generator<Violation> {
  const folders = Map.groupBy([...files.keys()].filter(isSource), (path) => posix.dirname(path));
  for (const [path, { length }] of folders) {
    if (length <= maxFiles || tables[path] || path.includes("/test")) continue;
    yield {
      path,
      message: `${length} files: group them by subject in folders, or list it as a table, with the reason, in file-size.ts.`,
    };
  }
}
