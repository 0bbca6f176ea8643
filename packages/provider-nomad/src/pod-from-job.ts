import type { PodStatus } from "@virtual-kubelet/kubernetes";
import type { PodState } from "@virtual-kubelet/provider";
import type { NomadAllocation } from "./api/allocation.ts";
import type { NomadEvaluation } from "./api/evaluation.ts";
import type { NomadVariable } from "./api/variable.ts";

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

export interface PodFromJobOptions {
  /** What was reported last: times stay, and what is unknown now does not undo it. */
  readonly previous?: PodStatus | undefined;
}

/** Why a pod has found no place. */
export interface PlacementProblem {
  /** For an event. */
  readonly reason: "FailedPlacement";
  readonly message: string;
}

/** `undefined`: not ours. */
export function podFromJob(found: NomadPod, options: PodFromJobOptions = {}): PodState | undefined {
  throw new Error(`not yet: ${found.id} ${options.previous?.phase}`);
}

/** The gates that are to be opened now: what waits behind init containers that have ended well, and sidecars that run. */
export function gatesOf(found: NomadPod): readonly NomadVariable[] {
  throw new Error(`not yet: ${found.id}`);
}

/** `undefined`: it has a place, or Nomad has not looked for one. */
export function placementProblem(found: NomadPod): PlacementProblem | undefined {
  throw new Error(`not yet: ${found.id}`);
}
