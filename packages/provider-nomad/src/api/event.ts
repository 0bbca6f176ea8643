import type { NomadAllocation } from "./allocation.ts";
import type { NomadEvaluation } from "./evaluation.ts";
import type { NomadJob } from "./job.ts";

/** One line of `GET /v1/event/stream`; a line without events keeps the connection alive. */
export interface NomadEventBatch {
  readonly Index?: number;
  readonly Events?: readonly NomadEvent[] | null;
}

export interface NomadEvent {
  readonly Topic: string;
  /** `AllocationUpdated`, `PlanResult`, `JobRegistered`, `JobDeregistered`, `EvaluationUpdated`, … */
  readonly Type: string;
  readonly Key: string;
  readonly Namespace?: string;
  readonly Index: number;
  readonly Payload: {
    readonly Allocation?: NomadAllocation;
    readonly Job?: NomadJob | null;
    readonly Evaluation?: NomadEvaluation;
  };
}
