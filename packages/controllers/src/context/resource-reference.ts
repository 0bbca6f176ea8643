import { type Container, type Pod, Quantity, type ResourceFieldSelector } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";

/**
 * The value of a `resourceFieldRef`: the container's request or limit in units of the divisor, rounded up. A limit that is
 * not set is what the node can give.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/api/v1/resource/helpers.go (`ExtractContainerResourceValue`)
 */
export function resourceReference(
  { pod, container }: { readonly pod: Pod; readonly container: Container },
  reference: ResourceFieldSelector,
  allocatable: Readonly<Record<string, string>>,
): string {
  const { metadata, spec } = pod;
  const name = reference.containerName ?? container.name;
  const target = [...spec.containers, ...(spec.initContainers ?? [])].find((candidate) => candidate.name === name);
  const [kind, ...rest] = reference.resource.split(".");
  const resource = rest.join(".");
  if (!target || (kind !== "limits" && kind !== "requests") || !resource) {
    throw new ProviderError(
      "InvalidInput",
      `The resource "${reference.resource}" of container "${name}" cannot be referred to in pod ${metadata.namespace}/${metadata.name}`,
    );
  }
  const value = target.resources?.[kind]?.[resource] ?? (kind === "limits" ? allocatable[resource] : undefined) ?? "0";
  // An absent divisor comes back from the API server as "0".
  const divisor = Quantity.parse(reference.divisor && reference.divisor !== "0" ? reference.divisor : "1");
  const [amount, unit] =
    resource === "cpu"
      ? [Quantity.parse(value).milliValue(), divisor.milliValue()]
      : [Quantity.parse(value).value(), divisor.value()];
  return String((amount + unit - 1n) / unit);
}
