import { linkSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ProcessIdentity, identify, isAlive } from "./processes/process-table.ts";

const lockPattern = /^lock\.(\d+)$/;

/**
 * Makes this process the only one of a directory; `false` when another one is. The lock is the file `lock.<n>` of the highest
 * number, and its holder the process that it names. Whoever finds that process gone makes the next file, which only one can;
 * a holder leaves its file behind. So there is no moment at which a stale lock is removed that has just been taken.
 */
export function lockDirectory(directory: string): boolean {
  const own = identify(process.pid);
  const draft = join(directory, `locking.${process.pid}`);
  try {
    writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
    const highest = Math.max(0, ...locksIn(directory));
    const holder = highest > 0 ? readHolder(join(directory, `lock.${highest}`)) : undefined;
    if (holder && isAlive(holder)) return false;
    const file = join(directory, `lock.${highest + 1}`);
    linkSync(draft, file);
    if (locksIn(directory).some((number) => number > highest + 1)) {
      rmSync(file);
      return false;
    }
    for (const number of locksIn(directory))
      if (number <= highest) rmSync(join(directory, `lock.${number}`), { force: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function locksIn(directory: string): readonly number[] {
  return readdirSync(directory).flatMap((name) => {
    const number = lockPattern.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
