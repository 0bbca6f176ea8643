import { expect, test } from "vitest";
import { bootTimeMs, cpuNanoseconds, defaultInterface, interfaces, memoryInfo } from "../../src/stats/proc-tables.ts";

const stat = `cpu  100 20 30 9000 800 7 3 50 11 0
cpu0 50 10 15 4500 400 3 1 25 5 0
intr 12345 1 2
btime 1764000000
processes 4242
`;

test("CPU time is all but idling, waiting and what other machines took; guests are in it already", () => {
  expect(cpuNanoseconds(stat)).toBe((100 + 20 + 30 + 7 + 3) * 10_000_000);
  expect(bootTimeMs(stat)).toBe(1_764_000_000_000);
});

test("memory is in bytes", () => {
  const meminfo =
    "MemTotal:        2048 kB\nMemAvailable:    1024 kB\nHugePages_Total:       0\nActive(anon):       4 kB\n";
  expect(memoryInfo(meminfo)).toEqual({ MemTotal: 2_097_152, MemAvailable: 1_048_576, "Active(anon)": 4096 });
});

test("interfaces are all but the loopback, whatever their counters look like", () => {
  const devices = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 5000      50    0    0    0     0          0         0     5000      50    0    0    0     0       0          0
  eth0:123456789012 99    3    0    0     0          0         0     2000      20    4    0    0     0       0          0
`;
  expect(interfaces(devices)).toEqual([
    { name: "eth0", rxBytes: 123_456_789_012, rxErrors: 3, txBytes: 2000, txErrors: 4 },
  ]);
});

test("the default interface is where packets for everybody else go", () => {
  const routes = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth1\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0",
    "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "",
  ].join("\n");
  expect(defaultInterface(routes)).toBe("eth0");
  expect(defaultInterface("")).toBeUndefined();
});
