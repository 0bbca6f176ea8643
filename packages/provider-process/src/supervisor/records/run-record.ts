import { basename, dirname, join } from "node:path";
import type { ProcessSpec, Run, RunEnd, RunRef } from "../../protocol/messages.ts";
import { runFiles } from "../../state-directory.ts";
import type { ProcessIdentity } from "../processes/process-table.ts";
import type { EnteredView } from "../../views/enter-view.ts";
import { type Stored, readStored, recordVersion, viewRecordVersion } from "./stored-record.ts";

/** What is known of one run, on disk and in memory. */
export interface RunRecord extends RunRef {
  readonly version: typeof recordVersion | typeof viewRecordVersion;
  readonly backoffMs: number;
  readonly image?: string;
  /** The value of the marker variable in the environment of all of its processes. */
  readonly marker: string;
  readonly tty: boolean;
  readonly stdin?: ProcessSpec["stdin"];
  /** As whom and where its processes are started, a further one after the supervisor's death too. */
  readonly user?: ProcessSpec["user"];
  readonly workingDirectory?: string;
  /** The view that its processes are in; its working directory is one of the view. */
  readonly view?: EnteredView;
  /** Whether the last of its output is its last words when it fails and has left none. */
  readonly messageFromLogs?: boolean;
  readonly startedAtMs: number;
  /** Absent: it was about to be started. */
  readonly process?: ProcessIdentity;
  readonly stopByMs?: number;
  /** The main process has ended. */
  readonly end?: RunEnd;
  /** So has everything else, and all output is kept. */
  readonly isOver: boolean;
}

/** The record of a run, by its folder. One that the machine's end has torn is of a run of which nothing else is known. */
export function readRun(folder: string): Stored<RunRecord> {
  const file = join(folder, runFiles.record);
  const stored = readStored<RunRecord>(file, [recordVersion, viewRecordVersion]);
  if (stored.state !== "torn") return stored;
  const at = stored.writtenAtMs;
  const record: RunRecord = {
    version: recordVersion,
    uid: basename(dirname(dirname(folder))),
    container: basename(dirname(folder)),
    attempt: Number(basename(folder)),
    backoffMs: 0,
    marker: "",
    tty: false,
    startedAtMs: at,
    end: { exit: { type: "unknown" }, finishedAtMs: at },
    isOver: true,
  };
  return { state: "read", record };
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
