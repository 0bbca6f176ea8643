import { posix } from "node:path";
import type { Check, Files, Violation } from "../check.ts";
import { type Link, anchors, links } from "../source/markdown.ts";
import { publishedPackages } from "../workspace.ts";

/** Links between the files of the repository lead somewhere. */
export const docsLinks: Check = {
  name: "docs-links",
  promise:
    "every relative link in Markdown leads to a file, and to a heading or line in it; README.md leads to every package",
  run: (files) => {
    const folders = new Set([...files.keys()].flatMap(foldersOf));
    const broken = [...files]
      .filter(([path]) => path.endsWith(".md"))
      .flatMap(([path, text]) =>
        links(text).flatMap((link) => {
          const message = linkViolation(files, folders, { path, ...link });
          return message === undefined ? [] : [{ path, line: link.line, message }];
        }),
      );
    return [...broken, ...unlistedPackages(files)];
  },
};

function unlistedPackages(files: Files): Violation[] {
  const path = "README.md";
  const targets = new Set(
    links(files.get(path) ?? "").map(({ target }) => posix.normalize(target).replace(/\/(README\.md)?$/, "")),
  );
  const unlisted = publishedPackages(files).filter(({ folder }) => !targets.has(folder));
  return unlisted.map(({ folder }) => ({ path, message: `does not lead to ${folder}: add it to the table.` }));
}

function linkViolation(
  files: Files,
  folders: ReadonlySet<string>,
  link: Link & { readonly path: string },
): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(link.target)) return undefined;
  const [file = "", anchor] = link.target.split("#");
  const target =
    file === "" ? link.path : posix.join(posix.dirname(link.path), decodeURIComponent(file)).replace(/\/$/, "");
  const text = files.get(target);
  if (text === undefined)
    return folders.has(target) ? undefined : `${link.target} leads nowhere: there is no ${target}.`;
  if (anchor === undefined || anchor === "") return undefined;
  const lines = /^L(\d+)(?:-L(\d+))?$/.exec(anchor);
  if (lines)
    return Number(lines[2] ?? lines[1]) < text.split("\n").length
      ? undefined
      : `${target} has no line ${anchor.slice(1)}.`;
  return anchors(text).has(anchor) ? undefined : `${target} has no heading "#${anchor}".`;
}

function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return [".", ...parts.map((_, index) => parts.slice(0, index + 1).join("/"))];
}
