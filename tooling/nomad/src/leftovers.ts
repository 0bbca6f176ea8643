import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { markVariable } from "./agent-config.ts";

const run = promisify(execFile);
const endLimitMs = 5_000;

/**
 * Ends what a server that has ended left of itself: the processes that watch over its tasks outlive it, and so do the tasks and
 * what is mounted for them. On Linux only; elsewhere tasks end with their jobs.
 *
 * @param folder of the server, or one in which servers have theirs
 */
export async function endLeftovers(folder: string): Promise<void> {
  if (process.platform !== "linux") return;
  const limit = AbortSignal.timeout(endLimitMs);
  for (let pids = processesOf(folder); pids.length > 0; pids = processesOf(folder)) {
    for (const pid of pids) kill(pid);
    limit.throwIfAborted();
    await delay(20);
  }
  // The deepest first.
  for (const path of mountsIn(folder).toReversed()) await run("umount", ["--lazy", path]);
}

/** Those that carry the mark of a server in that folder, and all that they have started. */
export function processesOf(folder: string): number[] {
  const children = Map.groupBy(allProcesses(), ({ parent }) => parent);
  const found = new Set<number>();
  const add = (pid: number): void => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of children.get(pid) ?? []) add(child.pid);
  };
  for (const { pid } of [...children.values()].flat()) {
    const mark = read(`/proc/${pid}/environ`)
      .split("\0")
      .find((variable) => variable.startsWith(`${markVariable}=`));
    if (mark !== undefined && isIn(folder, mark.slice(markVariable.length + 1))) add(pid);
  }
  return [...found];
}

/** Where something is mounted, in the order in which it was. */
export function mountsIn(folder: string): string[] {
  return read("/proc/self/mountinfo")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path !== folder && isIn(folder, path));
}

function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
}

function allProcesses(): RunningProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    // After the program's name, which may hold anything: state and parent. One that has ended is nobody's any more.
    const [state, parent] = read(`/proc/${name}/stat`)
      .replace(/^.*\) /s, "")
      .split(" ");
    return /^\d+$/.test(name) && state !== "Z" && parent !== undefined
      ? [{ pid: Number(name), parent: Number(parent) }]
      : [];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // It has ended, or is not ours.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
