import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** What is in a folder: by the path in it, a line that tells all there is to tell of a file, a folder or a link. */
export type FileTree = Readonly<Record<string, string>>;

const modes = [0o644, 0o600, 0o755, 0o444];
const filesPerFolder = 100;

/** Fills a new folder: files of all sizes up to 8 KiB, in folders, with several modes, and some links to them. */
export function growTree(folder: string, { files }: { readonly files: number }): void {
  for (let index = 0; index < files; index++) {
    const place = join(folder, `part-${Math.floor(index / filesPerFolder)}`, "deep down");
    mkdirSync(place, { recursive: true });
    const path = join(place, `file ${index}`);
    writeFileSync(path, randomBytes((index * 331) % 8192));
    chmodSync(path, modes[index % modes.length] ?? 0o644);
    if (index % 50 === 0) symlinkSync(`file ${index}`, join(place, `link to ${index}`));
  }
}

export function readTree(folder: string): FileTree {
  const lines: Record<string, string> = {};
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted())
    lines[path] = lineOf(join(folder, path));
  return lines;
}

function lineOf(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (stat.isDirectory()) return "folder";
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  return `file ${(stat.mode & 0o777).toString(8)} ${stat.size} ${hash}`;
}

/** What is left of a tree when `kubectl cp` fetches it, which leaves out links, and modes. */
export function withoutLinksAndModes(tree: FileTree): FileTree {
  const lines = Object.entries(tree).filter(([, line]) => !line.startsWith("link"));
  return Object.fromEntries(lines.map(([path, line]) => [path, line.replace(/^file \d+ /, "file ")]));
}
