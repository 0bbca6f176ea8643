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
    ...countsOf(failure.DimensionExhausted, (name) => `too little ${name}`),
    ...countsOf(failure.ConstraintFiltered, (name) => `not what is asked for by "${name}"`),
    ...countsOf(failure.ClassFiltered, (name) => `of the class "${name}"`),
    ...(failure.QuotaExhausted ?? []).map((name) => `the quota ${name} is used up`),
  ];
  const { NodesEvaluated: seen, NodesAvailable: available } = failure;
  if (seen === 0) return `no client is there${datacentersText(available)}`;
  return `of ${seen} ${clients(seen)}, ${reasons.join(", ") || "none fits"}`;
}

function datacentersText(available: NomadPlacementFailure["NodesAvailable"]): string {
  const names = Object.keys(available ?? {});
  return names.length > 0 ? `, in the datacenters and pool that it may use (there are ${names.join(", ")})` : "";
}

function countsOf(
  counts: Readonly<Record<string, number>> | null | undefined,
  textOf: (name: string) => string,
): readonly string[] {
  return Object.entries(counts ?? {}).map(
    ([name, count]) => `${count} ${count === 1 ? "has" : "have"} ${textOf(name)}`,
  );
}

function clients(count: number): string {
  return count === 1 ? "client" : "clients";
}
