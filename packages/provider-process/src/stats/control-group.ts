import { access } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { readText } from "../host/read-text.ts";

/** What a control group uses, with all processes of all groups in it. */
export interface GroupUsage {
  readonly usageBytes: number;
  /** Without the pages of files that were not used lately. */
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  /** Absent where CPU time is not counted by this group. */
  readonly cpuNanoseconds?: number;
}

/**
 * How much memory this process may use with all others of its control group; `undefined` when that is the machine's. A container
 * or a service of systemd may have such a limit.
 */
export function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

/**
 * What the control group of this process uses, by version 1 or 2 of the kernel's interface; `undefined` where that cannot be read.
 *
 * @param root where the system's files are, `/` but in tests
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
 */
export async function readControlGroup(root = "/"): Promise<GroupUsage | undefined> {
  const groups = (await readText(join(root, "proc/self/cgroup"))) ?? "";
  const mounts = join(root, "sys/fs/cgroup");
  const first = pathOf(groups, "memory");
  if (first !== undefined) {
    const memory = await folderOf(join(mounts, "memory"), first);
    const cpu = await folderOf(join(mounts, "cpuacct"), pathOf(groups, "cpuacct") ?? "/");
    return readFirst(memory, cpu);
  }
  const second = pathOf(groups, "");
  return second === undefined ? undefined : readSecond(await folderOf(mounts, second));
}

/** Where a controller, or version 2 without a name, has the process: lines are `4:cpu,cpuacct:/path` and `0::/path`. */
function pathOf(groups: string, controller: string): string | undefined {
  const lines = groups.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  return lines.find(([, controllers]) => controllers?.split(",").includes(controller))?.[2];
}

/** Within a container its own group is what is mounted, by whatever path the host knows it. */
async function folderOf(mount: string, path: string): Promise<string> {
  const folder = join(mount, path);
  return access(folder).then(
    () => folder,
    () => mount,
  );
}

async function readFirst(memory: string, cpu: string): Promise<GroupUsage | undefined> {
  const [usage, stat, nanoseconds] = await Promise.all([
    readText(join(memory, "memory.usage_in_bytes")),
    readText(join(memory, "memory.stat")),
    readText(join(cpu, "cpuacct.usage")),
  ]);
  if (usage === undefined || stat === undefined) return undefined;
  return {
    ...usageOf(Number(usage), { inactive: numberIn(stat, "total_inactive_file"), rss: numberIn(stat, "total_rss") }),
    ...(nanoseconds === undefined ? {} : { cpuNanoseconds: Number(nanoseconds) }),
  };
}

async function readSecond(folder: string): Promise<GroupUsage | undefined> {
  const [usage, stat, cpu] = await Promise.all(
    ["memory.current", "memory.stat", "cpu.stat"].map((file) => readText(join(folder, file))),
  );
  if (usage === undefined || stat === undefined) return undefined;
  return {
    ...usageOf(Number(usage), { inactive: numberIn(stat, "inactive_file"), rss: numberIn(stat, "anon") }),
    ...(cpu === undefined ? {} : { cpuNanoseconds: numberIn(cpu, "usage_usec") * 1000 }),
  };
}

function usageOf(usageBytes: number, { inactive, rss }: { readonly inactive: number; readonly rss: number }) {
  return { usageBytes, workingSetBytes: Math.max(0, usageBytes - inactive), rssBytes: rss };
}

/** From lines of a name and a number. */
function numberIn(lines: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(lines)?.[1] ?? 0);
}
