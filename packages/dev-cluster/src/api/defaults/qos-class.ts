import type { Container, PodSpec } from "@virtual-kubelet/kubernetes";

const counted = ["cpu", "memory"] as const;

/** `BestEffort` without any request or limit, `Guaranteed` when every container limits both and asks for as much, else `Burstable`. */
export function qosClassOf(spec: PodSpec): string {
  if (!Array.isArray(spec.containers)) return "BestEffort";
  const containers: readonly Container[] = [...spec.containers, ...(spec.initContainers ?? [])];
  const amounts = (container: Container): readonly (string | undefined)[] =>
    counted.flatMap((name) => [container.resources?.requests?.[name], container.resources?.limits?.[name]]);
  if (containers.every((container) => amounts(container).every((amount) => amount === undefined))) return "BestEffort";
  const guaranteed = containers.every(({ resources }) =>
    counted.every((name) => {
      const limit = resources?.limits?.[name];
      return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit;
    }),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}
