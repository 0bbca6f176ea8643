/**
 * One placement of a job on a client, as `GET /v1/allocations` lists it and the event stream gives it: only what this
 * provider reads. Whole numbers of time are nanoseconds since 1970.
 */
export interface NomadAllocation {
  readonly ID: string;
  readonly Name?: string;
  readonly Namespace?: string;
  readonly JobID: string;
  readonly JobVersion?: number;
  readonly NodeID: string;
  readonly NodeName?: string;
  readonly DesiredStatus: "run" | "stop" | "evict";
  readonly DesiredDescription?: string;
  readonly ClientStatus: "pending" | "running" | "complete" | "failed" | "lost" | "unknown";
  readonly ClientDescription?: string;
  readonly TaskStates?: Readonly<Record<string, NomadTaskState>> | null;
  readonly AllocatedResources?: NomadAllocatedResources | null;
  /** Of the group's own network, where it has one. */
  readonly NetworkStatus?: { readonly InterfaceName?: string; readonly Address?: string } | null;
  readonly PreemptedByAllocation?: string;
  readonly NextAllocation?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface NomadTaskState {
  readonly State: "pending" | "running" | "dead";
  readonly Failed: boolean;
  readonly Restarts: number;
  /** RFC 3339 or `0001-01-01T00:00:00Z` or `null`: never. */
  readonly StartedAt: string | null;
  readonly FinishedAt: string | null;
  readonly LastRestart?: string | null;
  readonly Events: readonly NomadTaskEvent[] | null;
}

/** Something that happened to a task; Nomad keeps the last ten. */
export interface NomadTaskEvent {
  /** `Received`, `Task Setup`, `Driver`, `Started`, `Terminated`, `Restarting`, `Not Restarting`, `Killing`, `Killed`, `Driver Failure`, `Setup Failure`, … */
  readonly Type: string;
  readonly Time: number;
  readonly DisplayMessage?: string;
  readonly Message?: string;
  /** Of a `Terminated`: `exit_code`, `signal`, `oom_killed`, `exit_message`, all as text. */
  readonly Details?: Readonly<Record<string, string>> | null;
}

export interface NomadAllocatedResources {
  readonly Shared?: {
    readonly Networks?: readonly NomadAllocatedNetwork[] | null;
    readonly Ports?: readonly NomadAllocatedPort[] | null;
  };
}

export interface NomadAllocatedNetwork {
  readonly Mode?: string;
  readonly IP?: string;
}

export interface NomadAllocatedPort {
  readonly Label: string;
  /** On the host. */
  readonly Value: number;
  /** In the group's network; 0: as on the host. */
  readonly To: number;
  readonly HostIP: string;
}
