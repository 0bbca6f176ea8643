import { type Pod, isPodLevel, podLimits, podRequests } from "@virtual-kubelet/kubernetes";
import { type Resources, containerResources } from "./container-resources.ts";

/** What a container without a limit may use without end. Of others it has none that it does not ask for. */
const shared: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

/**
 * What a pod as a whole asks for and may use: its containers and sidecars together or its hungriest init container, what it says as a whole in
 * place of that, and its overhead. A limit that not all of its containers have is none.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/cm/helpers_linux.go (`ResourceConfigForPod`)
 */
export function podTotals(pod: Pod): Resources {
  const limits = [...podLimits(pod)].filter(([name]) => !shared.has(name) || isLimited(pod, name));
  return { requests: podRequests(pod), limits: new Map(limits) };
}

function isLimited({ spec }: Pod, resource: string): boolean {
  const hasLimit = (one: Parameters<typeof containerResources>[0]): boolean =>
    (containerResources(one).limits.get(resource) ?? 0n) !== 0n;
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return (isPodLevel(resource) && hasLimit(spec)) || containers.every(hasLimit);
}
