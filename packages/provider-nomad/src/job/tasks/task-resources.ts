import { type Container, Quantity } from "@virtual-kubelet/kubernetes";
import { containerResources } from "@virtual-kubelet/pod-toolkit";
import type { NomadResources } from "../../api/job.ts";
import type { ResolvedNomadOptions } from "../../options.ts";

export interface ResourceOptions {
  readonly options: ResolvedNomadOptions;
  readonly mhzPerCpu: number;
}

export interface TaskResources {
  readonly resources: NomadResources;
  readonly notes: readonly string[];
}

const mebibyte = 1024n * 1024n;
/** Nomad takes no less. */
const leastMemoryMB = 10;
const leastMHz = 1;

/** What a container asks for, in MHz and MiB, rounded up; what it does not ask for by the options. */
export function taskResources(container: Container, { options, mhzPerCpu }: ResourceOptions): TaskResources {
  const { requests, limits } = containerResources(container);
  const notes: string[] = [];
  const note = (text: string): void => void notes.push(`container "${container.name}": ${text}`);
  const amount = (resource: "cpu" | "memory"): bigint => {
    const asked = requests.get(resource);
    if (asked) return asked;
    note(`asks for no ${resource} and reserves ${options.defaultResources[resource]}`);
    return Quantity.parse(options.defaultResources[resource]).milliValue();
  };
  const cpu = amount("cpu");
  const memory = mebibytes(amount("memory"));
  const memoryMB = Math.max(leastMemoryMB, memory.count);
  if (memory.isRounded || memoryMB !== memory.count) note(`its memory is rounded up to ${memoryMB} MiB`);
  const limit = limits.get("memory");
  const memoryMaxMB = limit === undefined ? undefined : mebibytes(limit).count;
  const hasMore = memoryMaxMB !== undefined && memoryMaxMB > memoryMB;
  if (hasMore) note(`may use ${memoryMaxMB} MiB where Nomad's memory oversubscription is on, else ${memoryMB} MiB`);
  const cores = options.exclusiveCores && cpu % 1000n === 0n && isCapped(container) ? Number(cpu / 1000n) : 0;
  const devices = devicesOf(requests, options);
  return {
    resources: {
      ...(cores > 0 ? { Cores: cores } : { CPU: Math.max(leastMHz, megahertz(cpu, mhzPerCpu)) }),
      MemoryMB: memoryMB,
      ...(hasMore ? { MemoryMaxMB: memoryMaxMB } : {}),
      ...(devices.length > 0 ? { Devices: devices } : {}),
    },
    notes,
  };
}

/** Whether a container may never have more CPU than it reserves. */
export function isCapped(container: Container): boolean {
  const { requests, limits } = containerResources(container);
  return limits.has("cpu") && limits.get("cpu") === requests.get("cpu");
}

/** How much of the client's disk the pod's containers may write, in all. */
export function diskMB(containers: readonly Container[], logMB: number): number {
  const asked = containers.map((each) => containerResources(each).requests.get("ephemeral-storage") ?? 0n);
  const sum = asked.reduce((all, each) => all + each, 0n);
  return logMB + Math.max(10, mebibytes(sum).count);
}

function devicesOf(requests: ReadonlyMap<string, bigint>, { devices }: ResolvedNomadOptions) {
  return Object.entries(devices).flatMap(([resource, name]) => {
    const count = Number((requests.get(resource) ?? 0n) / 1000n);
    return count > 0 ? [{ Name: name, Count: count }] : [];
  });
}

function megahertz(milli: bigint, mhzPerCpu: number): number {
  return Math.ceil((Number(milli) * mhzPerCpu) / 1000);
}

function mebibytes(milliBytes: bigint): { readonly count: number; readonly isRounded: boolean } {
  const unit = mebibyte * 1000n;
  return { count: Number((milliBytes + unit - 1n) / unit), isRounded: milliBytes % unit !== 0n };
}
