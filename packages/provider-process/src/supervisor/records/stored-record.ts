import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { uptime } from "node:os";

/** The version of records; raised when one that reads an older version would misunderstand a newer one's. */
export const recordVersion = 1;
/** That of runs in a root view: who does not know these would start further processes of them in the host's tree. */
export const viewRecordVersion = 2;

/** What is found where a record should be. */
export type Stored<T> =
  | { readonly state: "absent" }
  | { readonly state: "read"; readonly record: T }
  /** Not whole, and written before the machine was last started: it ended while this was on its way to the disk. */
  | { readonly state: "torn"; readonly writtenAtMs: number }
  /** Another version's, or not ours: to be left alone. */
  | { readonly state: "foreign"; readonly problem: string };

/** Written whole or not at all: the disk may be full, and the supervisor may end at any moment. */
export function writeRecord(file: string, record: unknown): void {
  const next = `${file}.next`;
  try {
    writeFileSync(next, JSON.stringify(record), { mode: 0o600 });
    renameSync(next, file);
  } catch (error) {
    // What was written of it takes room on a disk that may be full.
    rmSync(next, { force: true });
    throw error;
  }
}

let drafts = 0;

/** As `writeRecord`, and whole also if the machine ends; that takes milliseconds, in which everything else goes on. */
export async function writeDurably(file: string, record: unknown): Promise<void> {
  const next = `${file}.${++drafts}.next`;
  try {
    await writeFile(next, JSON.stringify(record), { mode: 0o600, flush: true });
    await rename(next, file);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

export function readStored<T>(file: string, versions: readonly number[] = [recordVersion]): Stored<T> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? { state: "absent" } : { state: "foreign", problem: `it cannot be read (${code})` };
  }
  const record: { readonly version?: unknown } | undefined = parsed(text);
  if (versions.some((version) => version === record?.version)) return { state: "read", record: record as T };
  if (record?.version !== undefined) {
    const version = JSON.stringify(record.version);
    const readable = `${versions.length > 1 ? "formats" : "format"} ${versions.join(" and ")}`;
    return { state: "foreign", problem: `it is of format ${version}, and this version reads ${readable}` };
  }
  const writtenAtMs = statSync(file).mtimeMs;
  if (!record && writtenAtMs < Date.now() - uptime() * 1000) return { state: "torn", writtenAtMs };
  return { state: "foreign", problem: "it is no record" };
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
