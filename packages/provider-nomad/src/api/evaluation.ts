/** One decision of Nomad's scheduler about a job: only what this provider reads. */
export interface NomadEvaluation {
  readonly ID: string;
  readonly JobID: string;
  readonly Namespace?: string;
  readonly Status: "blocked" | "pending" | "complete" | "failed" | "canceled";
  readonly StatusDescription?: string;
  readonly TriggeredBy?: string;
  readonly FailedTGAllocs?: Readonly<Record<string, NomadPlacementFailure>> | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly ModifyTime: number;
}

/** Why a group found no place. */
export interface NomadPlacementFailure {
  readonly NodesEvaluated: number;
  readonly NodesFiltered: number;
  readonly NodesExhausted: number;
  /** How many nodes are in each datacenter that was looked at. */
  readonly NodesAvailable?: Readonly<Record<string, number>> | null;
  readonly ConstraintFiltered?: Readonly<Record<string, number>> | null;
  readonly ClassFiltered?: Readonly<Record<string, number>> | null;
  /** `memory`, `cpu`, `network: …`: how many nodes have too little of it. */
  readonly DimensionExhausted?: Readonly<Record<string, number>> | null;
  readonly QuotaExhausted?: readonly string[] | null;
}
