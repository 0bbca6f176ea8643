import type { Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";

/** The addresses of a pod, which only the backend knows. */
export interface PodAddresses {
  readonly podIPs?: readonly string[];
  readonly hostIPs?: readonly string[];
}

/**
 * The value of a `fieldRef` of an environment variable.
 *
 * @throws ProviderError `ConfigMissing` for an address that is not known yet, `InvalidInput` for a field that is not offered.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields
 */
export function fieldReference(pod: Pod, path: string, addresses: PodAddresses = {}): string {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript) return pod.metadata[subscript[1] as "labels" | "annotations"]?.[subscript[2] ?? ""] ?? "";
  const field = Object.hasOwn(fields, path) ? fields[path] : undefined;
  if (!field)
    throw new ProviderError(
      "InvalidInput",
      `The field "${path}" cannot be referred to in the environment of pod ${pod.metadata.namespace}/${pod.metadata.name}`,
    );
  const value = field(pod, addresses);
  if (value === undefined) {
    throw new ProviderError(
      "ConfigMissing",
      `The field "${path}" of pod ${pod.metadata.namespace}/${pod.metadata.name} is not known yet`,
    );
  }
  return value;
}

const fields: Readonly<Record<string, (pod: Pod, addresses: PodAddresses) => string | undefined>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": ({ metadata }) => metadata.namespace,
  "metadata.uid": ({ metadata }) => metadata.uid,
  "metadata.labels": ({ metadata }) => formatMap(metadata.labels),
  "metadata.annotations": ({ metadata }) => formatMap(metadata.annotations),
  "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
  "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
  "status.podIP": (pod, addresses) => podIPs(pod, addresses)?.[0],
  "status.podIPs": (pod, addresses) => podIPs(pod, addresses)?.join(","),
  "status.hostIP": (pod, addresses) => hostIPs(pod, addresses)?.[0],
  "status.hostIPs": (pod, addresses) => hostIPs(pod, addresses)?.join(","),
};

function podIPs({ status }: Pod, { podIPs: given }: PodAddresses): readonly string[] | undefined {
  return given ?? nonEmpty(status?.podIPs?.map(({ ip }) => ip) ?? [status?.podIP]);
}

function hostIPs({ status }: Pod, { hostIPs: given }: PodAddresses): readonly string[] | undefined {
  return given ?? nonEmpty(status?.hostIPs?.map(({ ip }) => ip) ?? [status?.hostIP]);
}

function nonEmpty(addresses: readonly (string | undefined)[]): readonly string[] | undefined {
  const known = addresses.filter((address): address is string => address !== undefined && address !== "");
  return known.length > 0 ? known : undefined;
}

/** As kubelet writes a map: sorted, one `key="value"` a line. */
function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .toSorted()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join("\n");
}
