import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** The process id in a file, if that process runs and its command line holds `program`: ids are used again. */
export function runningProcess(file: string, program: string): number | undefined {
  const pid = Number(read(file));
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).includes(program)
      ? pid
      : undefined;
  } catch {
    return undefined; // No such process.
  }
}

export function writeProcessFile(file: string, pid: number): void {
  writeFileSync(file, `${pid}\n`);
}

export function removeProcessFile(file: string): void {
  rmSync(file, { force: true });
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
