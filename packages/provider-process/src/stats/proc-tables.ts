import type { InterfaceStats } from "@virtual-kubelet/provider";

/*
 * What the kernel's tables say, for every system that Node.js runs on: they count CPU time in hundredths of a second.
 * See https://man7.org/linux/man-pages/man5/proc.5.html
 */

const nanosecondsPerTick = 10_000_000;

/** CPU time of all CPUs since the start of the machine, but for idling, waiting, and what other machines took. From `/proc/stat`. */
export function cpuNanoseconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = numbersAfter(stat, "cpu");
  return (user + nice + system + irq + softirq) * nanosecondsPerTick;
}

/** When the machine was started. From `/proc/stat`. */
export function bootTimeMs(stat: string): number {
  return (numbersAfter(stat, "btime")[0] ?? 0) * 1000;
}

function numbersAfter(table: string, name: string): readonly number[] {
  const line = table.split("\n").find((each) => each.startsWith(`${name} `)) ?? "";
  return line.trim().split(/\s+/).slice(1).map(Number);
}

/** From `/proc/meminfo`, in bytes. */
export function memoryInfo(meminfo: string): Readonly<Record<string, number>> {
  const rows = meminfo.matchAll(/^([^:\s]+):\s+(\d+) kB$/gm);
  return Object.fromEntries([...rows].map(([, name = "", kilobytes]) => [name, Number(kilobytes) * 1024]));
}

/** All interfaces but the loopback. From `/proc/net/dev`. */
export function interfaces(devices: string): readonly InterfaceStats[] {
  return devices.split("\n").flatMap((line) => {
    const [, name, counters] = /^\s*([^:\s]+):(.*)$/.exec(line) ?? [];
    if (!name || !counters || name === "lo") return [];
    const [rxBytes = 0, , rxErrors = 0, , , , , , txBytes = 0, , txErrors = 0] = counters
      .trim()
      .split(/\s+/)
      .map(Number);
    return [{ name, rxBytes, rxErrors, txBytes, txErrors }];
  });
}

/** Where packets for everybody else go. From `/proc/net/route`. */
export function defaultInterface(routes: string): string | undefined {
  const rows = routes.split("\n").map((line) => line.split("\t"));
  return rows.find(([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000")?.[0];
}
