import type { Container, Pod, PodSpec } from "../objects/generated/kubernetes-objects.ts";
import { Quantity } from "../quantity.ts";

/** Amounts of resources by name, in thousandths of their unit: `cpu` 500n is half a core. */
export type Amounts = ReadonlyMap<string, bigint>;

type Quantities = Readonly<Record<string, string>> | undefined;

const known = new WeakMap<Pod, Amounts>();

/**
 * What a pod needs of its node: its containers and sidecars together, or the most that one init container needs beside the sidecars started
 * before it, and the overhead. Requests of the pod as a whole win over those of its containers.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/component-helpers/resource/helpers.go (`PodRequests`)
 */
export function podRequests(pod: Pod): Amounts {
  let amounts = known.get(pod);
  if (!amounts) known.set(pod, (amounts = requestsOf(pod)));
  return amounts;
}

function requestsOf({ spec }: Pod): Amounts {
  const total = ofContainers(spec, ({ resources }) => resources?.requests);
  setPodLevel(total, spec.resources?.requests);
  addTo(total, amountsOf(spec.overhead));
  return total;
}

/**
 * The limits of a pod, summed as its requests are. A resource is here as soon as one container limits it, so the others may take more: whether
 * all do is for the caller to know. Overhead raises only what is limited.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/component-helpers/resource/helpers.go (`PodLimits`)
 */
export function podLimits({ spec }: Pod): Amounts {
  const total = ofContainers(spec, ({ resources }) => resources?.limits);
  setPodLevel(total, spec.resources?.limits);
  const overhead = [...amountsOf(spec.overhead)].filter(([name]) => (total.get(name) ?? 0n) !== 0n);
  addTo(total, new Map(overhead));
  return total;
}

/** The resources that a pod may ask for as a whole: of others only its containers' amounts count. */
export function isPodLevel(resource: string): boolean {
  return resource === "cpu" || resource === "memory" || resource.startsWith("hugepages-");
}

function ofContainers(spec: PodSpec, quantitiesOf: (container: Container) => Quantities): Map<string, bigint> {
  const total = new Map<string, bigint>();
  const starting = new Map<string, bigint>();
  const sidecars = new Map<string, bigint>();
  for (const container of spec.initContainers ?? []) {
    const needs = amountsOf(quantitiesOf(container));
    if (container.restartPolicy === "Always") addTo(sidecars, needs);
    const beside = new Map(sidecars);
    if (container.restartPolicy !== "Always") addTo(beside, needs);
    raiseTo(starting, beside);
  }
  for (const container of spec.containers) addTo(total, amountsOf(quantitiesOf(container)));
  addTo(total, sidecars);
  raiseTo(total, starting);
  return total;
}

function setPodLevel(total: Map<string, bigint>, quantities: Quantities): void {
  for (const [name, amount] of amountsOf(quantities)) if (isPodLevel(name)) total.set(name, amount);
}

/** Quantities as amounts. One that is no quantity counts as nothing: the API server refuses those. */
export function amountsOf(quantities: Quantities): Amounts {
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
