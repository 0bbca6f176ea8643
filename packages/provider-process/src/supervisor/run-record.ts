import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessSpec, Run, RunEnd, RunRef } from "../protocol/messages.ts";
import { runFiles } from "../state-directory.ts";
import type { ProcessIdentity } from "./processes/process-table.ts";

/** What is known of one run, on disk and in memory. */
export interface RunRecord extends RunRef {
  readonly version: 1;
  readonly backoffMs: number;
  readonly image?: string;
  /** The value of the marker variable in the environment of all of its processes. */
  readonly marker: string;
  readonly tty: boolean;
  readonly stdin?: ProcessSpec["stdin"];
  /** As whom and where its processes are started, a further one after the supervisor's death too. */
  readonly user?: ProcessSpec["user"];
  readonly workingDirectory?: string;
  readonly startedAtMs: number;
  /** Absent: it was about to be started. */
  readonly process?: ProcessIdentity;
  readonly stopByMs?: number;
  /** The main process has ended. */
  readonly end?: RunEnd;
  /** So has everything else, and all output is kept. */
  readonly isOver: boolean;
}

/** Written whole or not at all. */
export function writeRecord(file: string, record: unknown): void {
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify(record), { mode: 0o600 });
  renameSync(next, file);
}

/** The record of a run; `undefined` when there is none, or none that can be read. */
export function readRun(folder: string): RunRecord | undefined {
  const record = readJson(join(folder, runFiles.record)) as RunRecord | undefined;
  return record?.version === 1 ? record : undefined;
}

export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** What clients are told of a run. */
export function runOf(record: RunRecord): Run {
  const { uid, container, attempt, backoffMs, image, startedAtMs, stopByMs, end, isOver } = record;
  return {
    uid,
    container,
    attempt,
    backoffMs,
    ...(image === undefined ? {} : { image }),
    startedAtMs,
    ...(stopByMs === undefined ? {} : { stopByMs }),
    ...(end && isOver ? { end } : {}),
  };
}
