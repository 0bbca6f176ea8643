import type { Pod } from "@virtual-kubelet/kubernetes";
import type { ResolverConfig } from "@virtual-kubelet/provider";

export interface PodHostname {
  readonly hostname: string;
  /** Empty: the pod has none. */
  readonly domain: string;
}

const longestHostname = 63;

/**
 * What a pod takes its host to be called. The cluster's domain is that of the names that the pod looks for first.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`GeneratePodHostNameAndDomain`)
 */
export function podHostname({ metadata, spec }: Pod, { searches }: Pick<ResolverConfig, "searches">): PodHostname {
  if (spec.hostnameOverride) return { hostname: spec.hostnameOverride, domain: "" };
  const hostname = (spec.hostname ?? metadata.name).slice(0, longestHostname).replace(/[-.]+$/, "");
  const ofServices = searches.find((search) => search.startsWith(`${metadata.namespace}.svc.`));
  return { hostname, domain: spec.subdomain && ofServices ? `${spec.subdomain}.${ofServices}` : "" };
}
