import { setTimeout as sleep } from "node:timers/promises";
import { note } from "../note.ts";
import { type ProcessEntry, type ProcessIdentity, isOfSameBoot, listProcesses } from "./process-table.ts";

/** A process and all that came of it. */
export interface ProcessTree {
  /** What its marker variable says. */
  readonly marker: string;
  /** The leader of its group and session; `undefined` when it is not known. */
  readonly main: ProcessIdentity | undefined;
}

/**
 * The processes of a tree: those that carry its marker, those of its group and session, and the children of all these.
 * So a descendant stays known when it leaves the session, when it clears its environment, and when its parent has gone,
 * unless it does all three.
 */
export function membersOf(tree: ProcessTree, processes: readonly ProcessEntry[]): readonly ProcessEntry[] {
  const { main } = tree;
  const leader = processes.find(({ pid }) => pid === main?.pid);
  // A system does not give a PID away while a group of that number lives. So when the leader is another process than
  // ours, our group is empty; and when there is none, the group is ours, unless the machine was started again since:
  // many a daemon is in the group of a process that has ended.
  const group = main && (!leader || leader.startedAt === main.startedAt) ? main.pid : undefined;
  const members = new Map<number, ProcessEntry>();
  for (const entry of processes) {
    const isNamed = entry.group === group || entry.session === group || entry.pid === group;
    const isKin = main !== undefined && isNamed && isOfSameBoot(entry, main);
    if (isKin || entry.markers.includes(tree.marker)) members.set(entry.pid, entry);
  }
  for (let known = -1; known !== members.size;) {
    known = members.size;
    for (const entry of processes) if (members.has(entry.parent)) members.set(entry.pid, entry);
  }
  members.delete(process.pid);
  return [...members.values()];
}

/** Of the processes that carry a marker, the one that all others come from. */
export function rootOf(marker: string): ProcessIdentity | undefined {
  const members = membersOf({ marker, main: undefined }, listProcesses());
  const root = members.find(({ parent }) => !members.some(({ pid }) => pid === parent));
  return root && { pid: root.pid, startedAt: root.startedAt };
}

const firstPauseMs = 5;
const longestPauseMs = 500;

/** Ends process trees, one look at the system serving all that are to end. */
export class Reaper {
  readonly #trees = new Map<ProcessTree, () => void>();
  #isRunning = false;
  #pauseMs = firstPauseMs;

  /** Kills what is left of a tree, again and again; resolves when nothing is. */
  end(tree: ProcessTree): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#trees.set(tree, resolve);
    this.#pauseMs = firstPauseMs;
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#trees.size > 0) {
      await sleep(this.#pauseMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
      try {
        this.#killOnce();
      } catch (error) {
        // No file could be opened, say: what is to end is looked for again.
        note("The processes of the system could not be listed", error);
      }
    }
    this.#isRunning = false;
  }

  #killOnce(): void {
    const processes = listProcesses();
    for (const [tree, ended] of this.#trees) {
      if (killAll(tree, processes)) continue;
      this.#trees.delete(tree);
      ended();
    }
  }
}

/** Whether there was anything to kill. */
function killAll(tree: ProcessTree, processes: readonly ProcessEntry[]): boolean {
  if (process.platform !== "linux") return tree.main !== undefined && send(-tree.main.pid, "SIGKILL");
  const members = membersOf(tree, processes);
  for (const { pid } of members) send(pid, "SIGKILL");
  return members.length > 0;
}

/** Sends a signal, or with 0 none; whether there was someone to get it. */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
