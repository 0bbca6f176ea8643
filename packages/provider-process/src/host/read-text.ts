import { readFile } from "node:fs/promises";

/** What a file says; `undefined` when it is not there, may not be read, or says nothing. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}
