/**
 * A job as Nomad's API takes and gives it: only what this provider says or reads. Durations are nanoseconds.
 *
 * @see https://developer.hashicorp.com/nomad/api-docs/json-jobs
 */
export interface NomadJob {
  readonly ID: string;
  readonly Name: string;
  readonly Type: "service" | "batch";
  readonly Region?: string;
  readonly Namespace?: string;
  readonly NodePool?: string;
  readonly Datacenters: readonly string[];
  /** 1 to 100; 50 is Nomad's default. */
  readonly Priority: number;
  readonly Constraints: readonly NomadConstraint[];
  readonly Affinities?: readonly NomadAffinity[];
  /** What tells whose it is. Changing it replaces the allocation. */
  readonly Meta: Readonly<Record<string, string>>;
  readonly TaskGroups: readonly [NomadTaskGroup];
}

export interface NomadConstraint {
  readonly LTarget: string;
  readonly RTarget: string;
  readonly Operand: string;
}

export interface NomadAffinity extends NomadConstraint {
  /** -100 to 100. */
  readonly Weight: number;
}

export interface NomadTaskGroup {
  readonly Name: string;
  readonly Count: 1;
  readonly RestartPolicy: NomadRestartPolicy;
  readonly ReschedulePolicy: { readonly Attempts: 0; readonly Unlimited: false };
  /** How a service's new version is rolled out; 0 is not at all. */
  readonly Update?: { readonly MaxParallel: 0 };
  readonly EphemeralDisk?: { readonly SizeMB: number };
  readonly Networks: readonly NomadNetwork[];
  readonly Tasks: readonly NomadTask[];
  /** After how long a client that is not heard of gives its allocations up. */
  readonly MaxClientDisconnect?: number;
}

export interface NomadRestartPolicy {
  readonly Attempts: number;
  readonly Interval: number;
  readonly Delay: number;
  /** What is done when the attempts of an interval are used up. */
  readonly Mode: "fail" | "delay";
}

export interface NomadNetwork {
  readonly Mode: "host" | "bridge" | "none";
  readonly Hostname?: string;
  readonly DNS?: {
    readonly Servers: readonly string[];
    readonly Searches: readonly string[];
    readonly Options: readonly string[];
  };
  readonly ReservedPorts?: readonly NomadPort[];
  readonly DynamicPorts?: readonly NomadPort[];
}

export interface NomadPort {
  readonly Label: string;
  /** On the host; chosen by Nomad when absent. */
  readonly Value?: number;
  /** In the group's network. */
  readonly To?: number;
}

export interface NomadTask {
  readonly Name: string;
  readonly Driver: string;
  readonly User?: string;
  /** What its driver takes; values are interpolated by Nomad: `${…}`. */
  readonly Config: Readonly<Record<string, unknown>>;
  /** Interpolated by Nomad, too. */
  readonly Env: Readonly<Record<string, string>>;
  readonly Meta?: Readonly<Record<string, string>>;
  readonly Resources: NomadResources;
  readonly KillTimeout: number;
  readonly KillSignal: string;
  readonly Lifecycle?: { readonly Hook: "prestart" | "poststart" | "poststop"; readonly Sidecar: boolean };
  readonly RestartPolicy?: NomadRestartPolicy;
  readonly Templates: readonly NomadTemplate[];
  readonly LogConfig?: { readonly MaxFiles: number; readonly MaxFileSizeMB: number };
}

export interface NomadResources {
  /** MHz. Not together with `Cores`. */
  readonly CPU?: number;
  /** Whole cores of its own. */
  readonly Cores?: number;
  readonly MemoryMB: number;
  /** What it may use when there is more than it reserved; where the server allows it. */
  readonly MemoryMaxMB?: number;
  readonly Devices?: readonly { readonly Name: string; readonly Count: number }[];
}

export interface NomadTemplate {
  readonly EmbeddedTmpl: string;
  /** Relative to the task's folder: `secrets/token`. */
  readonly DestPath: string;
  readonly ChangeMode: "noop" | "restart" | "signal";
  /** Octal: `0644`. */
  readonly Perms?: string;
  readonly Uid?: number;
  readonly Gid?: number;
  /** Whether its lines are variables of the task's environment. */
  readonly Envvars?: boolean;
  readonly LeftDelim?: string;
  readonly RightDelim?: string;
}

/** What `GET /v1/jobs?meta=true` says of each. */
export interface NomadJobStub {
  readonly ID: string;
  readonly Namespace?: string;
  readonly Status: "pending" | "running" | "dead";
  readonly Stop?: boolean;
  readonly Meta?: Readonly<Record<string, string>> | null;
  readonly JobSummary?: { readonly Summary?: Readonly<Record<string, { readonly Queued?: number }>> } | null;
  readonly SubmitTime?: number;
  readonly ModifyIndex: number;
  readonly JobModifyIndex?: number;
}
