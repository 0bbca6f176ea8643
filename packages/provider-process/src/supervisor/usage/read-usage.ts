import { performance } from "node:perf_hooks";
import type { ContainerUsage, Methods, PodUsage } from "../../protocol/messages.ts";
import type { Container } from "../container.ts";
import { listWithZombies } from "../processes/process-table.ts";
import type { PodMeter, RunReading } from "./pod-meter.ts";
import { type ProcessMemory, readMemory } from "./process-memory.ts";

/** A pod that may be measured. */
export interface MeasuredPod {
  readonly meter: PodMeter;
  readonly containers: ReadonlyMap<string, Container>;
}

/** What pods use: one look at the system serves all of them. Nothing is read unless this is called. */
export async function readUsage(pods: ReadonlyMap<string, MeasuredPod>): Promise<Methods["usage"]["result"]> {
  const processes = listWithZombies();
  const readAtMs = Date.now();
  const atMs = performance.now();
  const readings = [...pods].map(([uid, { meter, containers }]) => {
    const runs = meter.look(containers.values(), processes, atMs);
    return { uid, runs, cpu: meter.total(atMs) };
  });
  const memory = await readMemory(readings.flatMap(({ runs }) => runs.flatMap(({ pids }) => pids)));
  return {
    readAtMs,
    pods: readings.map(({ uid, cpu, runs }): PodUsage => ({
      uid,
      cpu,
      containers: runs.map((run) => containerUsage(run, memory)),
    })),
  };
}

function containerUsage(
  { container, cpu, pids }: RunReading,
  memory: ReadonlyMap<number, ProcessMemory>,
): ContainerUsage {
  const parts = pids.flatMap((pid) => memory.get(pid) ?? []);
  return {
    container,
    cpu,
    processes: pids.length,
    memoryBytes: parts.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    anonymousBytes: parts.reduce((sum, { anonymousBytes }) => sum + anonymousBytes, 0),
  };
}
