import { readText } from "../../host/read-text.ts";

/** What one process uses, in bytes. */
export interface ProcessMemory {
  readonly memoryBytes: number;
  readonly anonymousBytes: number;
}

const readsAtOnce = 16;

/**
 * The memory of processes; those that are gone by now are left out. What a process shares with others is divided among
 * them, so that the sum over a container with many like processes is not many times too much. The kernel walks a process's
 * page tables for this, some milliseconds per gigabyte: so it is asked on other threads, and only when somebody wants to know.
 */
export async function readMemory(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessMemory>> {
  const found = new Map<number, ProcessMemory>();
  const rest = pids.values();
  const readOn = async () => {
    for (const pid of rest) {
      const memory = await memoryOf(pid);
      if (memory) found.set(pid, memory);
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, readOn));
  return found;
}

async function memoryOf(pid: number): Promise<ProcessMemory | undefined> {
  const shares = await readText(`/proc/${pid}/smaps_rollup`);
  if (shares) return { memoryBytes: bytesIn(shares, "Pss"), anonymousBytes: bytesIn(shares, "Pss_Anon") };
  // A kernel without shares, or a process that we may not look into: all of what it shares is counted.
  const status = await readText(`/proc/${pid}/status`);
  if (!status) return undefined;
  return { memoryBytes: bytesIn(status, "VmRSS"), anonymousBytes: bytesIn(status, "RssAnon") };
}

function bytesIn(lines: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(lines)?.[1] ?? 0) * 1024;
}
