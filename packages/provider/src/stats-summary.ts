/** A moment's reading of CPU use. */
export interface CpuStats {
  /** When it was read, RFC 3339. */
  readonly time: string;
  /** Cores in use, in billionths, averaged over the last seconds. */
  readonly usageNanoCores?: number;
  /** CPU time used since the start, in nanoseconds; never falls while the same instance lives. */
  readonly usageCoreNanoSeconds?: number;
}

export interface MemoryStats {
  readonly time: string;
  /** How much is left below the limit, or of the machine. */
  readonly availableBytes?: number;
  /** All memory in use, caches included. */
  readonly usageBytes?: number;
  /** What cannot be given back under pressure. This is what `kubectl top` and an HPA go by. */
  readonly workingSetBytes?: number;
  readonly rssBytes?: number;
  readonly pageFaults?: number;
  readonly majorPageFaults?: number;
}

export interface SwapStats {
  readonly time: string;
  readonly swapAvailableBytes?: number;
  readonly swapUsageBytes?: number;
}

export interface InterfaceStats {
  readonly name: string;
  readonly rxBytes?: number;
  readonly rxErrors?: number;
  readonly txBytes?: number;
  readonly txErrors?: number;
}

/** Of the default interface, and of all of them. */
export interface NetworkStats extends InterfaceStats {
  readonly time: string;
  readonly interfaces?: readonly InterfaceStats[];
}

export interface FsStats {
  readonly time: string;
  readonly availableBytes?: number;
  readonly capacityBytes?: number;
  readonly usedBytes?: number;
  readonly inodesFree?: number;
  readonly inodes?: number;
  readonly inodesUsed?: number;
}

export interface ContainerStats {
  readonly name: string;
  /** When this instance of the container started, RFC 3339. A counter that begins again needs another start. */
  readonly startTime: string;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly swap?: SwapStats;
  readonly rootfs?: FsStats;
  readonly logs?: FsStats;
}

export interface PodStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  /** Only containers that run, or have just ended. */
  readonly containers: readonly ContainerStats[];
  /** What the pod uses as a whole; absent, it is the sum of its containers. */
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly network?: NetworkStats;
  readonly swap?: SwapStats;
  readonly process_stats?: { readonly process_count: number };
  readonly "ephemeral-storage"?: FsStats;
}

export interface NodeStats {
  readonly startTime: string;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly swap?: SwapStats;
  readonly network?: NetworkStats;
  readonly fs?: FsStats;
}

/** The part of kubelet's `stats/v1alpha1` Summary that a provider gives, in its words; the node adds its name. */
export interface StatsSummary {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}
