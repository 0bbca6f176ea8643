import type { Pod } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import { quotedMap } from "./quoted-map.ts";

/** The addresses of a pod, which only the backend knows. */
export interface PodAddresses {
  readonly podIPs?: readonly string[];
  readonly hostIPs?: readonly string[];
}

/**
 * The value of a `fieldRef`.
 *
 * @throws ProviderError `ConfigMissing` for an address that is not known yet, `InvalidInput` for a field that is not offered.
 * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/fieldpath/fieldpath.go
 */
export function fieldReference(pod: Pod, path: string, addresses: PodAddresses = {}): string {
  const [, map, key] = /^(.+?)\['(.*)'\]$/s.exec(path) ?? [];
  if (map !== undefined && key !== undefined) return entryOf(pod, { path, map, key });
  const field = Object.hasOwn(fields, path) ? fields[path] : undefined;
  if (!field)
    throw notOffered(unresolved.has(path) ? `unsupported fieldPath: ${path}` : `field label not supported: ${path}`);
  const value = field(pod, addresses);
  if (value !== undefined) return value;
  throw new ProviderError(
    "ConfigMissing",
    `The field "${path}" of pod ${pod.metadata.namespace}/${pod.metadata.name} is not known yet: what runs the pod has not told it`,
  );
}

const fields: Readonly<Record<string, (pod: Pod, addresses: PodAddresses) => string | undefined>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": ({ metadata }) => metadata.namespace,
  "metadata.uid": ({ metadata }) => metadata.uid,
  "metadata.labels": ({ metadata }) => quotedMap(metadata.labels),
  "metadata.annotations": ({ metadata }) => quotedMap(metadata.annotations),
  "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
  // What clients of long ago call it.
  "spec.host": ({ spec }) => spec.nodeName ?? "",
  "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
  "status.podIP": (pod, addresses) => podIPs(pod, addresses)?.[0],
  "status.podIPs": (pod, addresses) => podIPs(pod, addresses)?.join(","),
  "status.hostIP": (pod, addresses) => hostIPs(pod, addresses)?.[0],
  "status.hostIPs": (pod, addresses) => hostIPs(pod, addresses)?.join(","),
};

/** Fields that Kubernetes knows here, and gives to nobody. */
const unresolved: ReadonlySet<string> = new Set(["spec.restartPolicy", "spec.schedulerName", "status.phase"]);

interface Subscript {
  readonly path: string;
  readonly map: string;
  readonly key: string;
}

/** Empty when the pod has no such label or annotation. */
function entryOf({ metadata }: Pod, { path, map, key }: Subscript): string {
  if (map !== "metadata.labels" && map !== "metadata.annotations")
    throw notOffered(`field label does not support subscript: ${path}`);
  const isLabel = map === "metadata.labels";
  if (!isQualifiedName(isLabel ? key : key.toLowerCase()))
    throw notOffered(`invalid key subscript in ${path}: "${key}" is not the name of a label or an annotation`);
  const entries = (isLabel ? metadata.labels : metadata.annotations) ?? {};
  return Object.hasOwn(entries, key) ? (entries[key] ?? "") : "";
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go (`IsQualifiedName`) */
function isQualifiedName(key: string): boolean {
  const [name = "", prefix, ...rest] = key.split("/").toReversed();
  const isName = name.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name);
  return rest.length === 0 && isName && (prefix === undefined || isSubdomain(prefix));
}

function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split(".").every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part));
}

function podIPs({ status }: Pod, { podIPs: given }: PodAddresses): readonly string[] | undefined {
  return nonEmpty(given) ?? nonEmpty(status?.podIPs?.map(({ ip }) => ip)) ?? nonEmpty([status?.podIP]);
}

function hostIPs({ status }: Pod, { hostIPs: given }: PodAddresses): readonly string[] | undefined {
  return nonEmpty(given) ?? nonEmpty(status?.hostIPs?.map(({ ip }) => ip)) ?? nonEmpty([status?.hostIP]);
}

function nonEmpty(addresses: readonly (string | undefined)[] = []): readonly string[] | undefined {
  const known = addresses.filter((address): address is string => address !== undefined && address !== "");
  return known.length > 0 ? known : undefined;
}

function notOffered(message: string): ProviderError {
  return new ProviderError("InvalidInput", message);
}
