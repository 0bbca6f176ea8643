import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

const timeoutMs = 10_000;

export interface SizedMemory {
  readonly sizeBytes: number;
  readonly mode: number;
  readonly group: number;
}

/**
 * Mounts a file system in memory, of a size, for a volume that has none yet. It is mounted on the host, where it outlives each
 * container of the pod; only root can. At once, as the containers of a pod are started at the same time.
 */
export function mountMemory(directory: string, { sizeBytes, mode, group }: SizedMemory): void {
  if (isMountPoint(directory)) return;
  const options = `size=${sizeBytes},mode=${mode.toString(8)},gid=${group},nosuid,nodev`;
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory], { timeout: timeoutMs, stdio: "pipe" });
}

/** Takes those in a folder away again, with all in them. */
export function unmountMemory(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const directory = join(folder, name);
    if (isMountPoint(directory)) execFileSync("umount", ["--lazy", directory], { timeout: timeoutMs, stdio: "pipe" });
  }
}

function isMountPoint(directory: string): boolean {
  return lstatSync(directory).dev !== lstatSync(dirname(directory)).dev;
}
