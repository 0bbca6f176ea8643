import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CaseResult } from "./case-result.ts";
import { conformanceDocument } from "./conformance-document.ts";
import { type ConformanceRecord, mergedRecord } from "./conformance-record.ts";

const recordFile = join(import.meta.dirname, "../../records/conformance.json");
const document = join(import.meta.dirname, "../../../../docs/conformance.md");

export interface FinishedRun {
  readonly release: string;
  readonly results: readonly CaseResult[];
  /** The names of all cases that the suite has, in order. */
  readonly known: readonly string[];
}

/** Keeps what a run found. */
export function recordRun(run: FinishedRun): void {
  const before = existsSync(recordFile) ? readRecord() : undefined;
  mkdirSync(dirname(recordFile), { recursive: true });
  writeFileSync(recordFile, `${JSON.stringify(mergedRecord(before, run), null, 2)}\n`);
}

/** Writes `docs/conformance.md` from what was kept. */
export function writeConformance(): void {
  writeFileSync(document, conformanceDocument(readRecord()));
}

function readRecord(): ConformanceRecord {
  return JSON.parse(readFileSync(recordFile, "utf8")) as ConformanceRecord;
}
