import type { ProcessEntry } from "../processes/process-table.ts";

/** What the kernel counts CPU time in, for every system that Node.js runs on. */
const nanosecondsPerTick = 10_000_000;

/**
 * Adds up the CPU time of a process tree from looks at its processes. What a process has been seen to use stays counted
 * when it is gone; and what nobody saw of a child comes with its parent, once that has waited for the child's end. What is lost is
 * what a process that nobody of the tree waits for, a daemon's say, has used since the last look. So the sum never falls,
 * and is never too much.
 */
export class CpuMeter {
  #seen: ReadonlyMap<number, ProcessEntry> = new Map();
  /** What was counted of those who had gone, and had not come with their parents: these were read a moment too early. */
  #awaited: ReadonlyMap<number, number> = new Map();
  #ticks = 0;
  #belowTick = 0;
  #sinceMs: number;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** When the count began. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  get nanoseconds(): number {
    return Math.max(this.#ticks * nanosecondsPerTick, this.#belowTick);
  }

  /** Whether less than a tick has been used, which `lookCloser` may tell. */
  get isBelowTick(): boolean {
    return this.#ticks === 0;
  }

  /**
   * What has been used by a finer count. It matters to those who take nothing at all for a process that cannot be: metrics-server
   * leaves a pod out for a container without any CPU time.
   */
  lookCloser(nanoseconds: number): void {
    this.#belowTick = Math.max(this.#belowTick, Math.min(nanoseconds, nanosecondsPerTick - 1));
  }

  /** Counts what has been used since the last look. The tree's zombies belong to it. */
  look(members: readonly ProcessEntry[]): void {
    const present = new Map(members.map((entry) => [entry.pid, entry]));
    const counted = this.#countedOfGone(present);
    const awaited = new Map<number, number>();
    for (const entry of members) {
      const known = this.#known(entry);
      this.#ticks += Math.max(0, entry.ownTicks - (known?.ownTicks ?? 0));
      const reaped = entry.reapedTicks - (known?.reapedTicks ?? 0) - (this.#awaited.get(entry.pid) ?? 0);
      const again = counted.get(entry.pid) ?? 0;
      this.#ticks += Math.max(0, reaped - again);
      if (again > reaped) awaited.set(entry.pid, Math.min(again, again - reaped));
    }
    this.#seen = present;
    // For one look: what does not come then never comes, because nobody waited for that process.
    this.#awaited = awaited;
  }

  /** Counts from now on, when it is not known what was counted before. */
  restart(members: readonly ProcessEntry[], nowMs: number): void {
    this.look(members);
    this.#ticks = 0;
    this.#belowTick = 0;
    this.#sinceMs = nowMs;
  }

  /** Of those who are gone, what is counted already and comes once more with the nearest of their parents that is left. */
  #countedOfGone(present: ReadonlyMap<number, ProcessEntry>): ReadonlyMap<number, number> {
    const counted = new Map<number, number>();
    for (const gone of this.#seen.values()) {
      if (present.get(gone.pid)?.startedAt === gone.startedAt) continue;
      let parent = gone.parent;
      for (let next = this.#seen.get(parent); next && present.get(parent)?.startedAt !== next.startedAt;) {
        parent = next.parent;
        next = this.#seen.get(parent);
      }
      counted.set(parent, (counted.get(parent) ?? 0) + gone.ownTicks + gone.reapedTicks);
    }
    return counted;
  }

  #known({ pid, startedAt }: ProcessEntry): ProcessEntry | undefined {
    const known = this.#seen.get(pid);
    return known?.startedAt === startedAt ? known : undefined;
  }
}
