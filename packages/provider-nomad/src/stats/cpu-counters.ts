import type { CpuStats } from "@virtual-kubelet/provider";

export interface CpuReading {
  readonly timeMs: number;
  readonly nanoCores: number;
}

export interface CountedCpu {
  readonly cpu: CpuStats;
  /** Since when it has been counted. */
  readonly startTime: string;
}

interface Counter {
  readonly sinceMs: number;
  last: CpuReading;
  nanoseconds: number;
  isSeen: boolean;
}

/**
 * Nomad tells what is used now, and never what has been used in all, by which Kubernetes goes. So it is added up here, from reading to
 * reading: what happens between two of them is taken to be their mean.
 */
export class CpuCounters {
  readonly #counters = new Map<string, Counter>();

  /** `key` tells one run of a task from the next. */
  count(key: string, reading: CpuReading): CountedCpu {
    const known = this.#counters.get(key);
    const counter = known ?? { sinceMs: reading.timeMs, last: reading, nanoseconds: 0, isSeen: true };
    if (!known) this.#counters.set(key, counter);
    const elapsedMs = Math.max(0, reading.timeMs - counter.last.timeMs);
    counter.nanoseconds += ((counter.last.nanoCores + reading.nanoCores) / 2) * (elapsedMs / 1000);
    if (elapsedMs > 0) counter.last = reading;
    counter.isSeen = true;
    return {
      startTime: new Date(counter.sinceMs).toISOString(),
      cpu: {
        time: new Date(counter.last.timeMs).toISOString(),
        usageNanoCores: Math.round(reading.nanoCores),
        usageCoreNanoSeconds: Math.round(counter.nanoseconds),
      },
    };
  }

  /** Forgets what has not been counted since this was last called. */
  sweep(): void {
    for (const [key, counter] of this.#counters) {
      if (counter.isSeen) counter.isSeen = false;
      else this.#counters.delete(key);
    }
  }
}
