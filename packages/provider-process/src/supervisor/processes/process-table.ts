import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** One process of the system, at the moment of looking. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it started, in the system's own words; with the PID it names a process for as long as the machine runs. */
  readonly startedAt: string;
  /** Its end has not been asked for by its parent yet: it only has a number, and a past. */
  readonly isZombie: boolean;
  /** CPU time in the kernel's ticks, a hundred a second: its own, and that of children whose end has been waited for. */
  readonly ownTicks: number;
  readonly reapedTicks: number;
  /** The values of our marker variables in its environment. */
  readonly markers: readonly string[];
}

/** Names a process for good: PIDs are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Our variables in the environment of every process of a container: nobody can guess the values, and children inherit them. */
export const markerVariables = { container: "VIRTUAL_KUBELET_CONTAINER", exec: "VIRTUAL_KUBELET_EXEC" } as const;

const markerPattern = /(?:^|\0)VIRTUAL_KUBELET_(?:CONTAINER|EXEC)=([0-9a-f]{32})(?=\0|$)/g;
const hasProc = process.platform === "linux";
const boot = hasProc ? readText("/proc/sys/kernel/random/boot_id")?.trim() : undefined;

/** All processes that are not zombies. Empty where the system has no /proc. */
export function listProcesses(): readonly ProcessEntry[] {
  return listWithZombies().filter(({ isZombie }) => !isZombie);
}

export function listWithZombies(): readonly ProcessEntry[] {
  if (!hasProc) return [];
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
    if (!stat) return [];
    const environment = readEnvironment(pid) ?? "";
    const markers = [...environment.matchAll(markerPattern)].map(([, value = ""]) => value);
    return [{ ...stat, markers }];
  });
}

/** The identity of a process; `undefined` when there is none of this PID, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (hasProc) {
    const stat = readStat(pid);
    return stat && !stat.isZombie ? { pid, startedAt: stat.startedAt } : undefined;
  }
  try {
    const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return text.startsWith("Z") ? undefined : { pid, startedAt: text.slice(text.indexOf(" ")).trim() };
  } catch {
    return undefined;
  }
}

/** The identity of a process that has ended before it could be looked at: it is no other's, and says of which boot it was. */
export function identityOfEnded(pid: number): ProcessIdentity {
  return { pid, startedAt: `${boot}/` };
}

/** Whether both are of the same run of the machine. After another one PIDs, groups and sessions mean other processes. */
export function isOfSameBoot(a: { readonly startedAt: string }, b: { readonly startedAt: string }): boolean {
  return bootOf(a.startedAt) === bootOf(b.startedAt);
}

function bootOf(startedAt: string): string {
  return startedAt.slice(0, startedAt.indexOf("/"));
}

export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  return identify(pid)?.startedAt === startedAt;
}

/** The environment that a process was started with; `undefined` where it cannot be read. */
export function environmentOf(pid: number): Readonly<Record<string, string>> | undefined {
  const text = hasProc ? readEnvironment(pid) : undefined;
  if (!text) return undefined;
  const entries = text.split("\0").filter((entry) => entry.indexOf("=") > 0);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

/** How long a process may be replacing its program before it is taken for one without an environment. */
const longestExecMs = 1000;

/** While a process replaces its program, which takes longer on a busy machine, it shows no environment: it is looked at again. */
function readEnvironment(pid: number): string | undefined {
  const path = `/proc/${pid}/environ`;
  for (const deadline = Date.now() + longestExecMs; ;) {
    const text = readText(path);
    // Kernel threads and ending processes have no program.
    if (text !== "" || !hasProgram(pid) || hasNoEnvironment(pid) || Date.now() > deadline) return text;
  }
}

/**
 * What the system says of a process that was given none. Before the variables are counted in, the bounds of the environment are equal, too; where
 * the program's code ends is said only after that.
 *
 * @see https://github.com/torvalds/linux/blob/master/fs/binfmt_elf.c (`create_elf_tables`, `load_elf_binary`)
 */
function hasNoEnvironment(pid: number): boolean {
  const fields = fieldsOf(readText(`/proc/${pid}/stat`) ?? "");
  const [endOfCode, start, end] = [fields[24], fields[47], fields[48]];
  return start === end && end !== "0" && endOfCode !== "0";
}

function hasProgram(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== "";
  } catch {
    return false;
  }
}

/** The name, in parentheses, may hold anything; the fields after it start with the state, the third. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function readStat(pid: number): Omit<ProcessEntry, "markers"> | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (!text) return undefined;
  const fields = fieldsOf(text);
  const [state, parent, group, session] = fields;
  if (state === "X") return undefined;
  const [utime, stime, reapedUtime, reapedStime] = fields.slice(11, 15).map(Number);
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startedAt: `${boot}/${fields[19]}`,
    isZombie: state === "Z",
    ownTicks: (utime ?? 0) + (stime ?? 0),
    reapedTicks: (reapedUtime ?? 0) + (reapedStime ?? 0),
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
