import type { ScenarioResult } from "../results/scenario-result.ts";

/** What a scenario said of the source without its guard. `broken`: it says nothing, as it did not run as a scenario does. */
export interface MutationVerdict {
  readonly verdict: "caught" | "survived" | "broken";
  readonly why: string;
}

/** Errors of a program that is none, rather than of one that does the wrong thing. */
const brokenProgram = /^(SyntaxError|ReferenceError|TypeError)\b|Failed to resolve|Cannot find (module|package)/;

export function mutationVerdict(result: ScenarioResult | undefined): MutationVerdict {
  if (!result?.isRun) return { verdict: "broken", why: result?.lacking ?? "the scenario did not run" };
  if (result.outcome === "passed") return { verdict: "survived", why: "the scenario passes without its guard" };
  const why = result.failure ?? "failed";
  return { verdict: brokenProgram.test(why) ? "broken" : "caught", why };
}
