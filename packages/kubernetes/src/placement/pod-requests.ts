import type { Pod } from "../objects/generated/kubernetes-objects.ts";
import { Quantity } from "../quantity.ts";

/** Amounts of resources by name, in thousandths of their unit: `cpu` 500n is half a core. */
export type Amounts = ReadonlyMap<string, bigint>;

type Requests = Readonly<Record<string, string>> | undefined;

const known = new WeakMap<Pod, Amounts>();

/**
 * What a pod needs of its node: its containers and sidecars together, or the most that one init container needs beside the sidecars started
 * before it, and the overhead. Requests of the pod as a whole win over those of its containers (component-helpers, `resource.PodRequests`).
 */
export function podRequests(pod: Pod): Amounts {
  let amounts = known.get(pod);
  if (!amounts) known.set(pod, (amounts = requestsOf(pod)));
  return amounts;
}

function requestsOf({ spec }: Pod): Amounts {
  const total = new Map<string, bigint>();
  const starting = new Map<string, bigint>();
  const sidecars = new Map<string, bigint>();
  for (const container of spec.initContainers ?? []) {
    const needs = amountsOf(container.resources?.requests);
    if (container.restartPolicy === "Always") addTo(sidecars, needs);
    const beside = new Map(sidecars);
    if (container.restartPolicy !== "Always") addTo(beside, needs);
    raiseTo(starting, beside);
  }
  for (const container of spec.containers) addTo(total, amountsOf(container.resources?.requests));
  addTo(total, sidecars);
  raiseTo(total, starting);
  for (const [name, amount] of amountsOf(spec.resources?.requests)) total.set(name, amount);
  addTo(total, amountsOf(spec.overhead));
  return total;
}

/** Quantities as amounts. One that is no quantity counts as nothing: the API server refuses those. */
export function amountsOf(quantities: Requests): Amounts {
  return new Map(Object.entries(quantities ?? {}).map(([name, text]) => [name, amountOf(text)]));
}

function amountOf(text: string): bigint {
  try {
    return Quantity.parse(text).milliValue();
  } catch {
    return 0n;
  }
}

export function addTo(total: Map<string, bigint>, amounts: Amounts): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0n) + amount);
}

function raiseTo(total: Map<string, bigint>, amounts: Amounts): void {
  for (const [name, amount] of amounts) if (amount > (total.get(name) ?? 0n)) total.set(name, amount);
}
