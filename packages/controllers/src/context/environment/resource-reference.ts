import { type Container, type Pod, Quantity, type ResourceFieldSelector } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";

type Amounts = Readonly<Record<string, string>>;

/**
 * The value of a `resourceFieldRef` of an environment variable: a container's request or limit in units of the divisor, rounded
 * up. A limit of cpu, memory or ephemeral storage that is not set is the pod's, and else what the node can give; but not one of an init
 * container that is referred to by its name.
 *
 * @throws ProviderError `InvalidInput` for a container or resource that cannot be referred to, `ConfigMissing` when it is the node's
 * and nobody knows yet what that is.
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/api/v1/resource/helpers.go (`ExtractContainerResourceValue`)
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_resources.go (`defaultPodLimitsForDownwardAPI`)
 */
export function resourceReference(
  { pod, container }: { readonly pod: Pod; readonly container: Container },
  reference: ResourceFieldSelector,
  allocatable: Amounts,
): string {
  const { containers, initContainers = [] } = pod.spec;
  const name = reference.containerName || undefined;
  const byName = (candidate: Container) => candidate.name === name;
  const defaulted = name === undefined ? container : containers.find(byName);
  const target = defaulted ?? initContainers.find(byName);
  if (!target) throw notFound(name);
  return amountOf(target, reference, (resource) => defaulted && defaultLimit(resource, allocatable, pod));
}

/**
 * The same of a file of a volume, where a limit that is not set is what the node can give, also of an init container, and never
 * the pod's.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/api/v1/resource/helpers.go (`ExtractResourceValueByContainerNameAndNodeAllocatable`)
 */
export function volumeResourceReference(
  { spec: { containers, initContainers = [] } }: Pod,
  reference: ResourceFieldSelector,
  allocatable: Amounts,
): string {
  const target = [...containers, ...initContainers].find(({ name }) => name === reference.containerName);
  if (!target) throw notFound(reference.containerName);
  return amountOf(target, reference, (resource) => defaultLimit(resource, allocatable));
}

function notFound(name: string | undefined): ProviderError {
  return new ProviderError("InvalidInput", `container ${name ?? ""} not found`);
}

function amountOf(
  { resources }: Container,
  { resource: wanted, divisor }: ResourceFieldSelector,
  limitOf: (resource: string) => string | undefined,
): string {
  const [, kind, resource] = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.*)$/s.exec(wanted) ?? [];
  if (resource === undefined) throw new ProviderError("InvalidInput", `unsupported container resource : ${wanted}`);
  const said = resources?.[kind === "limits" ? "limits" : "requests"]?.[resource];
  const amount = kind === "limits" && isNone(said) ? (limitOf(resource) ?? said) : said;
  return inUnits(amount ?? "0", resource, divisor);
}

/** Of huge pages there is none: they are never more than were asked for, so that a container has always said how many. */
function defaultLimit(resource: string, allocatable: Amounts, pod?: Pod): string | undefined {
  if (resource.startsWith("hugepages-")) return undefined;
  // Not a single resource: the agent has just started, and has not seen its node.
  if (Object.keys(allocatable).length === 0)
    throw new ProviderError("ConfigMissing", "What the node can give to pods is not known yet");
  const ofNode = allocatable[resource];
  const ofPod = resource === "ephemeral-storage" ? undefined : pod?.spec.resources?.limits?.[resource];
  return ofNode === undefined || isNone(ofPod) ? ofNode : ofPod;
}

function isNone(quantity: string | undefined): boolean {
  return quantity === undefined || Quantity.parse(quantity).isZero();
}

function inUnits(quantity: string, resource: string, divisor: string | undefined): string {
  // An absent divisor comes back from the API server as "0".
  const unit = Quantity.parse(divisor === undefined || isNone(divisor) ? "1" : divisor);
  const amount = Quantity.parse(quantity);
  return resource === "cpu"
    ? String(ceiling(amount.milliValue(), unit.milliValue()))
    : String(ceiling(amount.value(), unit.value()));
}

function ceiling(amount: bigint, unit: bigint): bigint {
  const quotient = amount / unit;
  return amount % unit !== 0n && amount > 0n === unit > 0n ? quotient + 1n : quotient;
}
