import type { CpuUsage } from "../../protocol/messages.ts";
import type { Container } from "../container.ts";
import type { ProcessEntry } from "../processes/process-table.ts";
import { membersOf } from "../processes/process-tree.ts";
import { CpuMeter } from "./cpu-meter.ts";
import { CpuRate } from "./cpu-rate.ts";
import { runTime } from "./run-time.ts";

interface RunMeter {
  readonly cpu: CpuMeter;
  readonly rate: CpuRate;
}

/** What was found of a run that is alive. */
export interface RunReading {
  readonly container: string;
  readonly cpu: CpuUsage;
  readonly pids: readonly number[];
}

/** Counts the CPU time of a pod: of each run that is alive, and of all runs together, so that a restart takes nothing away. */
export class PodMeter {
  readonly #sinceMs: number;
  readonly #runs = new Map<Container, RunMeter>();
  readonly #rate = new CpuRate();
  /** Of runs that are over. */
  #endedNanoseconds = 0;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** Begins with runs of which it is not known what was counted before: their counts start now. */
  restart(containers: Iterable<Container>, processes: readonly ProcessEntry[]): void {
    for (const container of containers) {
      const tree = container.isOver ? undefined : container.tree;
      if (tree) this.#meterOf(container).cpu.restart(membersOf(tree, processes), Date.now());
    }
  }

  /** Counts what was used until now. `atMs` is of a clock that is never set. */
  look(containers: Iterable<Container>, processes: readonly ProcessEntry[], atMs: number): readonly RunReading[] {
    const readings: RunReading[] = [];
    for (const container of containers) {
      const tree = container.isOver ? undefined : container.tree;
      if (!tree) continue;
      const { cpu, rate } = this.#meterOf(container);
      const members = membersOf(tree, processes);
      cpu.look(members);
      const pids = members.flatMap(({ pid, isZombie }) => (isZombie ? [] : [pid]));
      if (cpu.isBelowTick) cpu.lookCloser(runTime(pids));
      const { sinceMs, nanoseconds } = cpu;
      readings.push({
        container: container.run.container,
        cpu: usageOf(sinceMs, nanoseconds, rate.read(nanoseconds, atMs)),
        pids,
      });
    }
    for (const [container, { cpu }] of this.#runs) {
      if (!container.isOver) continue;
      this.#endedNanoseconds += cpu.nanoseconds;
      this.#runs.delete(container);
    }
    return readings;
  }

  /** Of the whole pod, as of the last look. */
  total(atMs: number): CpuUsage {
    const alive = [...this.#runs.values()].map(({ cpu }) => cpu.nanoseconds);
    const nanoseconds = alive.reduce((sum, each) => sum + each, this.#endedNanoseconds);
    return usageOf(this.#sinceMs, nanoseconds, this.#rate.read(nanoseconds, atMs));
  }

  #meterOf(container: Container): RunMeter {
    const known = this.#runs.get(container);
    if (known) return known;
    const meter = { cpu: new CpuMeter(container.run.startedAtMs), rate: new CpuRate() };
    this.#runs.set(container, meter);
    return meter;
  }
}

function usageOf(sinceMs: number, nanoseconds: number, nanoCores: number | undefined): CpuUsage {
  return { sinceMs, nanoseconds, ...(nanoCores === undefined ? {} : { nanoCores }) };
}
