import { type Amounts, type Container, type Pod, podRequests } from "@virtual-kubelet/kubernetes";

/** What the scheduler assumes of a pod that asks for no processor or memory, so that such pods spread too (`util.GetNonzeroRequests`). */
const leastPerContainer: Amounts = new Map([
  ["cpu", 100n],
  ["memory", 200n * 1024n * 1024n * 1000n],
]);

/** The requests for comparing nodes by load: as `podRequests`, but never without processor and memory. */
export function spreadRequests(pod: Pod): Amounts {
  const amounts = podRequests(pod);
  const without = (name: string): number => pod.spec.containers.filter((one) => !asksFor(one, name)).length;
  return new Map(
    [...leastPerContainer].map(([name, least]) => [name, (amounts.get(name) ?? 0n) + least * BigInt(without(name))]),
  );
}

function asksFor(container: Container, resource: string): boolean {
  return container.resources?.requests?.[resource] !== undefined;
}
