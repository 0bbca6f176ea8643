import type { Amounts } from "@virtual-kubelet/kubernetes";

/** Processor first, then memory, then the rest by name. */
export function inResourceOrder(amounts: Amounts): Amounts {
  return new Map([...amounts].toSorted(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1)));
}

/** Negative when `a` is less by the first resource in which the two differ, as in a sort. */
export function compareAmounts(a: Amounts, b: Amounts): number {
  for (const resource of inResourceOrder(new Map([...a, ...b])).keys()) {
    const difference = (a.get(resource) ?? 0n) - (b.get(resource) ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}

function placeOf(resource: string): number {
  const place = ["cpu", "memory"].indexOf(resource);
  return place < 0 ? 2 : place;
}
