import type { NodeVerdict } from "../../node/node-health.ts";

/** From when on what is missing from one list is more likely a fault of the list than the truth. */
export interface DisappearanceLimits {
  /** More pods than these; 10. */
  readonly pods?: number | undefined;
  /** And more than this share of all; 0.5. */
  readonly share?: number | undefined;
}

export interface Disappearance {
  readonly missing: number;
  readonly expected: number;
}

/** Whether so much is missing that nothing must be concluded from it until someone has had a look. */
export function isSuspicious(
  { missing, expected }: Disappearance,
  { pods = 10, share = 0.5 }: DisappearanceLimits = {},
): boolean {
  return missing > pods && missing > share * expected;
}

/** What is missing, held against what there was when nothing was concluded from it first: pods that came since make a list no better. */
export function sinceHeld(now: Disappearance, held: Disappearance | undefined): Disappearance {
  return { ...now, expected: Math.min(now.expected, held?.expected ?? Infinity) };
}

/** What the node says of a list that lacks too much, and of one that does not. `whose`: the backend's or the cluster's. */
export function plausibility(whose: "backend" | "cluster", suspicious: Disappearance | undefined): NodeVerdict {
  const type = whose === "backend" ? "PodsDisappeared" : "ClusterPodsDisappeared";
  if (!suspicious) {
    const message = `The ${whose}'s list holds the pods that it should`;
    return { type, status: "False", reason: "ListPlausible", message };
  }
  const { missing, expected } = suspicious;
  const what = `The ${whose}'s list lacks ${missing} of ${expected} pods`;
  const remedy =
    "nothing is concluded until it is repaired or the node carries the annotation virtual-kubelet.io/confirm-disappearance";
  return { type, status: "True", reason: "ImplausibleList", message: `${what}; ${remedy}` };
}
