import { readFileSync } from "node:fs";

/** For how long the main threads of processes have run, in nanoseconds, as the kernel's scheduler has it; 0 where it does not tell. */
export function runTime(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + runTimeOf(pid), 0);
}

function runTimeOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ")[0]) || 0;
  } catch {
    return 0;
  }
}
