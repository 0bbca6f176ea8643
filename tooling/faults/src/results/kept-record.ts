import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reliabilityDocument } from "./reliability-document.ts";
import { type ScenarioRecord, mergedRecord } from "./scenario-record.ts";
import type { ScenarioResult } from "./scenario-result.ts";

const recordFile = join(import.meta.dirname, "../../records/scenarios.json");
const page = join(import.meta.dirname, "../../../../docs/reliability.md");

/** Keeps what a run saw, in `records/scenarios.json`. */
export function recordScenarios(results: readonly ScenarioResult[]): void {
  writeFileSync(recordFile, `${JSON.stringify(mergedRecord(keptRecord(), results), null, 2)}\n`);
}

/** Writes the table of `docs/reliability.md` from what was kept. */
export function writeReliability(): void {
  writeFileSync(page, reliabilityDocument(readFileSync(page, "utf8"), keptRecord()));
}

function keptRecord(): readonly ScenarioRecord[] {
  return existsSync(recordFile) ? (JSON.parse(readFileSync(recordFile, "utf8")) as ScenarioRecord[]) : [];
}
