import type { NomadAllocation } from "../api/allocation.ts";
import type { NomadEvaluation } from "../api/evaluation.ts";

/** All that is known of one job. */
export interface NomadPod {
  readonly id: string;
  readonly meta: Readonly<Record<string, string>>;
  /** Whether the job is deregistered, or stopped by somebody. */
  readonly stopped: boolean;
  /** In any order. */
  readonly allocations: readonly NomadAllocation[];
  /** The newest one that is blocked or failed, when it is newer than what was placed. */
  readonly evaluation?: NomadEvaluation | undefined;
}

/** Its allocations, the newest first: Nomad places a job again whose client is lost or drained. */
export function newestFirst({ allocations }: Pick<NomadPod, "allocations">): readonly NomadAllocation[] {
  return allocations.toSorted((a, b) => b.CreateIndex - a.CreateIndex || b.CreateTime - a.CreateTime);
}

/** Whether nothing of it runs, or will run again. */
export function isOver({ ClientStatus }: NomadAllocation): boolean {
  return ClientStatus === "complete" || ClientStatus === "failed" || ClientStatus === "lost";
}
