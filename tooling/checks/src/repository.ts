import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Files } from "./check.ts";

/** The root of the repository that these checks are part of. */
export const repositoryRoot: string = join(import.meta.dirname, "../../..");

/** Reads what git tracks, and what it would track if it were added. A file deleted but not yet committed is no part of it. */
export function readRepository(root: string): Files {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  const files = new Map<string, string>();
  for (const path of new Set(listed.split("\0").filter(Boolean))) {
    const text = readIfFile(join(root, path));
    if (text !== undefined) files.set(path, text);
  }
  return files;
}

function readIfFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR"))
      return undefined;
    throw error;
  }
}
