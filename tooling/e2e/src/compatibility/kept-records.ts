import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compatibilityDocument } from "./compatibility-document.ts";
import { type RecordedTarget, type RunRecord, mergedRecord, runRecord } from "./run-record.ts";

const folder = join(import.meta.dirname, "../../records");
const tests = join(import.meta.dirname, "../../test");
const document = join(import.meta.dirname, "../../../../docs/compatibility.md");

export interface FinishedRun {
  readonly target: RecordedTarget;
  /** What vitest's `json` reporter wrote. */
  readonly report: string;
}

/** Keeps what a run found, in `records/<target>.json`. What is known of test files that it left out stays. */
export function recordRun({ target, report }: FinishedRun): void {
  const now = runRecord(target, report);
  const path = join(folder, `${now.target}.json`);
  const before = existsSync(path) ? readRecord(path) : undefined;
  const { files, ...names } = mergedRecord(before, now);
  const present = Object.entries(files).filter(([file]) => existsSync(join(tests, `${file}.test.ts`)));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify({ ...names, files: Object.fromEntries(present) }, null, 2)}\n`);
}

/** Writes `docs/compatibility.md` from all that was kept. */
export function writeCompatibility(): void {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  writeFileSync(document, compatibilityDocument(names.map((name) => readRecord(join(folder, name)))));
}

function readRecord(path: string): RunRecord {
  return JSON.parse(readFileSync(path, "utf8")) as RunRecord;
}
