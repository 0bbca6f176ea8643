import type { NomadAllocation } from "../api/allocation.ts";

/** The one that a pod is, of all that its job has had: the newest. Nomad lists them in no order. */
export function currentAllocation(allocations: Iterable<NomadAllocation>): NomadAllocation | undefined {
  let newest: NomadAllocation | undefined;
  for (const each of allocations) if (!newest || each.CreateIndex > newest.CreateIndex) newest = each;
  return newest;
}

/** Whether nothing of it runs any more, nor will. */
export function hasEnded({ ClientStatus }: NomadAllocation): boolean {
  return ClientStatus === "complete" || ClientStatus === "failed" || ClientStatus === "lost";
}
