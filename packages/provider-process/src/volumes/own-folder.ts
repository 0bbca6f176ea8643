import { lstatSync } from "node:fs";

/**
 * Whether a folder is there, and of this user alone. Anybody may make one where there is memory, under a name that can be known,
 * with links in it that lead elsewhere.
 */
export function isOwnFolder(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}
