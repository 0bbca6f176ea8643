import { appendFileSync, readFileSync } from "node:fs";

/** One line of the backend's log: what really happened to a pod there. */
export interface WorkEntry {
  readonly at: string;
  /**
   * `asked` is each call of a creation that arrives, `refused` one that found the backend busy, `repeated` one of what was there
   * already; `created`, `updated` and `deleted` are those that did something; `started` and `stopped` are lives of the pod.
   */
  readonly event: "asked" | "refused" | "repeated" | "created" | "updated" | "deleted" | "started" | "stopped";
  readonly uid: string;
  readonly name: string;
  /** Of `stopped`: why. */
  readonly by?: "request" | "itself" | "outside" | "grace";
}

/** Appends what happens to a file, synchronously: a line that is there is true whatever dies next. */
export class WorkLog {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    appendFileSync(file, "");
  }

  write(entry: Omit<WorkEntry, "at">): void {
    appendFileSync(this.#file, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
  }
}

/** What stands in the log of a backend that may be writing: a last line without its end is not there yet. */
export function readWorkLog(file: string): readonly WorkEntry[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as WorkEntry);
}

/** The UIDs that run, by the log. */
export function liveUids(entries: readonly WorkEntry[]): ReadonlySet<string> {
  const live = new Set<string>();
  for (const { event, uid } of entries) {
    if (event === "started") live.add(uid);
    if (event === "stopped") live.delete(uid);
  }
  return live;
}

/** What must never be, whatever fails: a UID that was started twice. One line for each. */
export function doubledStarts(entries: readonly WorkEntry[]): readonly string[] {
  const starts = Map.groupBy(
    entries.filter(({ event }) => event === "started"),
    ({ uid }) => uid,
  );
  return [...starts].flatMap(([uid, list]) =>
    list.length > 1 ? [`${list[0]?.name ?? ""} (${uid}) was started ${list.length} times`] : [],
  );
}
