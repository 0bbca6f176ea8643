/** What a task or an allocation uses, as `GET /v1/client/allocation/<id>/stats` says: only what this provider reads. */
export interface NomadUsage {
  readonly CpuStats?: {
    /** MHz, over the last second. */
    readonly TotalTicks?: number;
    /** 100 is one core. */
    readonly Percent?: number;
  } | null;
  readonly MemoryStats?: {
    readonly RSS?: number;
    readonly Usage?: number;
    readonly Cache?: number;
    /** Which of them mean something. */
    readonly Measured?: readonly string[] | null;
  } | null;
}

export interface NomadAllocationStats {
  readonly Tasks?: Readonly<
    Record<string, { readonly ResourceUsage?: NomadUsage | null; readonly Timestamp?: number } | null>
  > | null;
  readonly Timestamp?: number;
}

/** What a client uses, as `GET /v1/client/stats` says. */
export interface NomadHostStats {
  readonly CPU?: readonly { readonly TotalPercent?: number; readonly Total?: number; readonly Idle?: number }[] | null;
  readonly Memory?: { readonly Total?: number; readonly Available?: number; readonly Used?: number } | null;
  readonly AllocDirStats?: {
    readonly Size?: number;
    readonly Used?: number;
    readonly Available?: number;
  } | null;
  /** Seconds. */
  readonly Uptime?: number;
  readonly Timestamp?: number;
}
