import { readFileSync } from "node:fs";

/** One start of a container, as its own process wrote it down. */
export interface Start {
  readonly pod: string;
  readonly pid: number;
  /** In clock ticks since the host started; with the PID it names one process for ever. */
  readonly startTime: string;
}

/**
 * A shell line by which a container says that it has started. What really ran is read from this file alone: neither the
 * agent nor its provider writes it.
 */
export function testimony(file: string): string {
  return `read -r line < /proc/self/stat; set -- $line; pid=$1; shift 21; echo "$POD $pid $1" >> ${file}`;
}

export function startsIn(file: string): readonly Start[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [pod = "", pid = "", startTime = ""] = line.split(" ");
      return { pod, pid: Number(pid), startTime };
    });
}

/** Whether that very process still runs. */
export function isAlive({ pid, startTime }: Start): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] === startTime;
  } catch {
    return false;
  }
}
