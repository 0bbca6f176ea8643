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
  readonly usageBytes?: number;
  readonly workingSetBytes?: number;
  readonly rssBytes?: number;
  readonly availableBytes?: number;
}

export interface ContainerStats {
  readonly name: string;
  /** When this instance of the container started, RFC 3339. */
  readonly startTime: string;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
}

export interface PodStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly startTime: string;
  readonly containers: readonly ContainerStats[];
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
}

/** The part of kubelet's `stats/v1alpha1` Summary that a provider gives; the node adds its name. */
export interface StatsSummary {
  readonly node: { readonly startTime: string; readonly cpu?: CpuStats; readonly memory?: MemoryStats };
  readonly pods: readonly PodStats[];
}
