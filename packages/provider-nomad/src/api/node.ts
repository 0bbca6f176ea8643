/** A client of Nomad, as `GET /v1/nodes?resources=true` lists it: only what this provider reads. */
export interface NomadNode {
  readonly ID: string;
  readonly Name: string;
  readonly Address: string;
  readonly Datacenter: string;
  readonly NodePool?: string;
  readonly Status: "initializing" | "ready" | "down" | "disconnected";
  readonly SchedulingEligibility: "eligible" | "ineligible";
  readonly Drain: boolean;
  readonly Version?: string;
  readonly Drivers?: Readonly<Record<string, { readonly Detected: boolean; readonly Healthy: boolean }>> | null;
  readonly NodeResources?: {
    readonly Cpu?: { readonly CpuShares: number; readonly TotalCpuCores?: number };
    readonly Memory?: { readonly MemoryMB: number };
    readonly Disk?: { readonly DiskMB: number };
  } | null;
  readonly ReservedResources?: {
    readonly Cpu?: { readonly CpuShares: number };
    readonly Memory?: { readonly MemoryMB: number };
    readonly Disk?: { readonly DiskMB: number };
  } | null;
  readonly Attributes?: Readonly<Record<string, string>> | null;
}
