import { type PodSpec, Quantity, isPodLevel, podRequests } from "@virtual-kubelet/kubernetes";

/**
 * A pod that is limited as a whole asks as a whole: for what its containers ask for together, else for as much as it may use.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/v1/defaults.go (`defaultPodRequests`)
 */
export function withPodLevelRequests(spec: PodSpec): PodSpec {
  const { limits, requests } = spec.resources ?? {};
  if (Object.keys(limits ?? {}).length === 0) return spec;
  const { resources: _whole, overhead: _overhead, ...parts } = spec;
  const ofContainers = [...podRequests({ metadata: { name: "", namespace: "", uid: "" }, spec: parts })]
    .filter(([name]) => isPodLevel(name) && !name.startsWith("hugepages-"))
    .map(([name, amount]) => [name, Quantity.parse(`${amount}m`).toString()] as const);
  const asMuchAsAllowed = Object.entries(limits ?? {}).filter(([name]) => isPodLevel(name));
  const given = Object.fromEntries([...asMuchAsAllowed, ...ofContainers]);
  return { ...spec, resources: { ...spec.resources, requests: { ...given, ...requests } } };
}
