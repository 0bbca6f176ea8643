import { basename } from "node:path";

/** What the suite found on one target. */
export interface RunRecord {
  /** `embedded`, or the minor version of Kubernetes: `1.37`. */
  readonly target: string;
  /** The release of Kubernetes; absent on the embedded cluster. */
  readonly release?: string;
  /** The cases of each test file, without its ending, in the order of the file. */
  readonly files: Readonly<Record<string, CasesByName>>;
}

export type CasesByName = Readonly<Record<string, CaseRecord>>;

export interface CaseRecord {
  readonly outcome: "passed" | "skipped" | "failed";
  /** Why it was skipped. */
  readonly reason?: string;
}

/** What is read of the report that vitest's `json` reporter writes. */
interface Report {
  /** Absent when there was no run. */
  readonly testResults?: readonly {
    /** The path of the file. */
    readonly name: string;
    /** None, when it did not even load. */
    readonly assertionResults: readonly ReportedCase[];
  }[];
}

interface ReportedCase {
  readonly fullName: string;
  readonly status: string;
  readonly meta?: { readonly reason?: string };
}

export interface RecordedTarget {
  readonly name: string;
  readonly release?: string;
}

/**
 * The record of a run, from the report of vitest's `json` reporter.
 *
 * @throws {Error} when a case was left out and nobody says why, as `vitest -t` does.
 */
export function runRecord(target: RecordedTarget, report: string): RunRecord {
  const { testResults = [] } = JSON.parse(report) as Report;
  const loaded = testResults.filter(({ assertionResults }) => assertionResults.length > 0);
  const files = loaded.map(({ name, assertionResults }) => {
    const cases = assertionResults.map((result) => [result.fullName.trim(), caseRecord(result)]);
    return [basename(name, ".test.ts"), Object.fromEntries(cases)] as const;
  });
  return { ...namesOf(target), files: byName(files) };
}

function caseRecord({ fullName, status, meta }: ReportedCase): CaseRecord {
  if (status === "passed" || status === "failed") return { outcome: status };
  if (!meta?.reason) throw new Error(`"${fullName}" was left out of the run, which is no run to keep`);
  return { outcome: "skipped", reason: meta.reason };
}

function namesOf({ name, release }: RecordedTarget): Pick<RunRecord, "target" | "release"> {
  return release === undefined ? { target: name } : { target: release.split(".").slice(0, 2).join("."), release };
}

/** A run of some files changes what is known of these; what was found on another release counts no more. */
export function mergedRecord(before: RunRecord | undefined, now: RunRecord): RunRecord {
  if (before === undefined || before.release !== now.release) return now;
  return { ...now, files: byName(Object.entries({ ...before.files, ...now.files })) };
}

function byName<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
