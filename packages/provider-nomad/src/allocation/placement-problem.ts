import type { NomadPlacementFailure } from "../api/evaluation.ts";
import { type NomadPod, isOver, newestFirst } from "./nomad-pod.ts";

/** Why a pod has found no place. */
export interface PlacementProblem {
  /** For an event. */
  readonly reason: "FailedPlacement";
  readonly message: string;
}

/** `undefined`: it has a place, or Nomad has not looked for one. */
export function placementProblem(found: NomadPod): PlacementProblem | undefined {
  const { evaluation } = found;
  const [newest] = newestFirst(found);
  if (!evaluation || found.stopped || (newest && !isOver(newest))) return undefined;
  const [failure] = Object.values(evaluation.FailedTGAllocs ?? {});
  const why = failure ? whyNot(failure) : evaluation.StatusDescription;
  return { reason: "FailedPlacement", message: `Nomad has no place for it: ${why || "it does not say why"}` };
}

function whyNot(failure: NomadPlacementFailure): string {
  const reasons = [
    ...countsOf(failure.DimensionExhausted, (name) => `with too little ${name}`),
    ...countsOf(failure.ConstraintFiltered, (name) => `without "${name}"`),
    ...countsOf(failure.ClassFiltered, (name) => `of the class "${name}"`),
    ...(failure.QuotaExhausted ?? []).map((name) => `the quota is used up: ${name}`),
  ];
  const { NodesEvaluated: seen, NodesAvailable: available } = failure;
  if (seen === 0) return `no client is there${datacentersText(available)}`;
  return `of ${seen} ${seen === 1 ? "client" : "clients"}, ${reasons.join(", ") || "none fits"}`;
}

function datacentersText(available: NomadPlacementFailure["NodesAvailable"]): string {
  const names = Object.keys(available ?? {});
  return names.length > 0 ? `, in the datacenters and pool that it may use (there are ${names.join(", ")})` : "";
}

function countsOf(
  counts: Readonly<Record<string, number>> | null | undefined,
  textOf: (name: string) => string,
): readonly string[] {
  return Object.entries(counts ?? {}).map(([name, count]) => `${count} ${textOf(name)}`);
}
