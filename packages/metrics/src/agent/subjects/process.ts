import { readFileSync, readdirSync } from "node:fs";
import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import type { SubjectFactory } from "../subject.ts";

/** The process itself, under the names that every Prometheus client has for it. */
export const processUse: SubjectFactory = (registry) => {
  const registers = [registry];
  const cpu: Counter = new Counter({
    name: "process_cpu_seconds_total",
    help: "Total user and system CPU time spent in seconds.",
    registers,
    collect: () => {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
    },
  });
  gauge(registry, {
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes.",
    read: () => process.memoryUsage.rss(),
  });
  gauge(registry, {
    name: "process_open_fds",
    help: "Number of open file descriptors.",
    read: () => numberOf(() => readdirSync("/proc/self/fd").length - 1),
  });
  gauge(registry, {
    name: "process_max_fds",
    help: "Maximum number of open file descriptors.",
    read: () => numberOf(() => Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1])),
  });
  const startedAt = (Date.now() - process.uptime() * 1000) / 1000;
  gauge(registry, {
    name: "process_start_time_seconds",
    help: "Start time of the process since unix epoch in seconds.",
    read: () => startedAt,
  });
  return {};
};

function gauge(
  registry: Registry,
  options: { readonly name: string; readonly help: string; read(): number | undefined },
): void {
  const { name, help } = options;
  const made: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect: () => {
      const value = options.read();
      if (value === undefined) made.remove();
      else made.set(value);
    },
  });
}

/** Where there is no `/proc`, nobody knows. */
function numberOf(read: () => number): number | undefined {
  try {
    const value = read();
    return Number.isNaN(value) ? undefined : value;
  } catch {
    return undefined;
  }
}
