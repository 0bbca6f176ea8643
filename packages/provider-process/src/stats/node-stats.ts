import { readFile, statfs } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import {
  type CpuStats,
  type FsStats,
  type MemoryStats,
  type NodeStats,
  ProviderError,
} from "@virtual-kubelet/provider";
import { CpuRate } from "../supervisor/usage/cpu-rate.ts";
import { type GroupUsage, memoryLimit, readControlGroup } from "./control-group.ts";
import { bootTimeMs, cpuNanoseconds, defaultInterface, interfaces, memoryInfo } from "./proc-tables.ts";

/**
 * Reads what this host uses, on a system with /proc; or, where its control group has less memory than the host, what that group
 * uses: the node is no more than what its pods can have.
 */
export class NodeStatsReader {
  readonly #directory: string;
  readonly #rate = new CpuRate();
  readonly #limit = memoryLimit();
  /** Decided by the first reading: counters go on, and those of host and group have nothing to do with each other. */
  #isGroup: boolean | undefined;

  /** `directory` is on the file system that pods write to. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(): Promise<NodeStats> {
    const limit = this.#limit;
    const [ownGroup, stat, meminfo, devices, routes, fs] = await Promise.all([
      limit === undefined ? undefined : readControlGroup(),
      readFile("/proc/stat", "utf8"),
      readFile("/proc/meminfo", "utf8"),
      readFile("/proc/net/dev", "utf8"),
      readFile("/proc/net/route", "utf8").catch(() => ""),
      this.#readFs(),
    ]);
    this.#isGroup ??= ownGroup !== undefined;
    const group = this.#isGroup ? ownGroup : undefined;
    if (this.#isGroup && !group) throw new ProviderError("Unavailable", "The node's control group cannot be read.");
    const time = new Date().toISOString();
    const all = interfaces(devices);
    const main = all.find(({ name }) => name === defaultInterface(routes));
    return {
      startTime: new Date(bootTimeMs(stat)).toISOString(),
      cpu: this.#cpu(time, group?.cpuNanoseconds ?? cpuNanoseconds(stat)),
      ...(group && limit !== undefined ? { memory: groupMemory(time, group, limit) } : memoryStats(time, meminfo)),
      ...(main ? { network: { time, ...main, interfaces: all } } : {}),
      fs: { time, ...fs },
    };
  }

  #cpu(time: string, usageCoreNanoSeconds: number): CpuStats {
    const usageNanoCores = this.#rate.read(usageCoreNanoSeconds, performance.now());
    return { time, usageCoreNanoSeconds, ...(usageNanoCores === undefined ? {} : { usageNanoCores }) };
  }

  async #readFs(): Promise<Omit<FsStats, "time">> {
    const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(this.#directory);
    return {
      availableBytes: bavail * bsize,
      capacityBytes: blocks * bsize,
      usedBytes: (blocks - bfree) * bsize,
      inodes: files,
      inodesFree: ffree,
      inodesUsed: files - ffree,
    };
  }
}

function groupMemory(time: string, { usageBytes, workingSetBytes, rssBytes }: GroupUsage, limit: number): MemoryStats {
  const availableBytes = Math.max(0, limit - workingSetBytes);
  return { time, availableBytes, usageBytes, workingSetBytes, rssBytes };
}

function memoryStats(time: string, meminfo: string): Pick<NodeStats, "memory" | "swap"> {
  const {
    MemTotal = 0,
    MemFree = 0,
    MemAvailable = 0,
    AnonPages = 0,
    SwapTotal = 0,
    SwapFree = 0,
  } = memoryInfo(meminfo);
  return {
    memory: {
      time,
      availableBytes: MemAvailable,
      usageBytes: MemTotal - MemFree,
      workingSetBytes: MemTotal - MemAvailable,
      rssBytes: AnonPages,
    },
    swap: { time, swapAvailableBytes: SwapFree, swapUsageBytes: SwapTotal - SwapFree },
  };
}
