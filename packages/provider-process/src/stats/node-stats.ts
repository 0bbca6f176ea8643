import { readFile, statfs } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { CpuStats, FsStats, NodeStats } from "@virtual-kubelet/provider";
import { CpuRate } from "../supervisor/usage/cpu-rate.ts";
import { bootTimeMs, cpuNanoseconds, defaultInterface, interfaces, memoryInfo } from "./proc-tables.ts";

/** Reads what this host uses, on a system with /proc. */
export class NodeStatsReader {
  readonly #directory: string;
  readonly #rate = new CpuRate();

  /** `directory` is on the file system that pods write to. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(): Promise<NodeStats> {
    const [stat, meminfo, devices, routes, fs] = await Promise.all([
      readFile("/proc/stat", "utf8"),
      readFile("/proc/meminfo", "utf8"),
      readFile("/proc/net/dev", "utf8"),
      readFile("/proc/net/route", "utf8").catch(() => ""),
      this.#readFs(),
    ]);
    const time = new Date().toISOString();
    const all = interfaces(devices);
    const main = all.find(({ name }) => name === defaultInterface(routes));
    return {
      startTime: new Date(bootTimeMs(stat)).toISOString(),
      cpu: this.#cpu(time, cpuNanoseconds(stat)),
      ...memoryStats(time, meminfo),
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
