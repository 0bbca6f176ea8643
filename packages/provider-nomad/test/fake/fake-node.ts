import type { NomadNode } from "../../src/api/node.ts";

const healthy = { Detected: true, Healthy: true } as const;

/** The only client. */
export const fakeNode: NomadNode = {
  ID: "2a9e2408-64fd-822d-f173-e90314827525",
  Name: "fake",
  Address: "127.0.0.1",
  Datacenter: "dc1",
  NodePool: "default",
  Status: "ready",
  SchedulingEligibility: "eligible",
  Drain: false,
  Version: "1.6.1",
  Drivers: { raw_exec: healthy, exec: healthy, docker: { Detected: false, Healthy: false } },
  NodeResources: { Cpu: { CpuShares: 8000, TotalCpuCores: 4 }, Memory: { MemoryMB: 8192 }, Disk: { DiskMB: 100_000 } },
  ReservedResources: { Cpu: { CpuShares: 500 }, Memory: { MemoryMB: 192 }, Disk: { DiskMB: 0 } },
  Attributes: {
    "cpu.arch": "amd64",
    "kernel.name": "linux",
    "kernel.version": "6.1.0",
    "os.name": "debian",
    "os.version": "12.11",
  },
};
