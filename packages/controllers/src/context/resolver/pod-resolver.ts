import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodEventRecord, ResolverConfig } from "@virtual-kubelet/provider";
import { withinLimits } from "./resolver-limits.ts";

/** Who resolves the names of a cluster's Services. */
export interface ClusterDns {
  /** Of its servers. */
  readonly addresses: readonly string[];
  /** Under which the names are: `cluster.local`. Empty: names are whole. */
  readonly domain: string;
}

export interface ResolverSources {
  /** What the place where the pod runs has. */
  readonly own: ResolverConfig;
  /** Absent: the node has not been told of one. */
  readonly cluster?: ClusterDns | undefined;
}

export interface ResolvedResolver {
  readonly config: ResolverConfig;
  /** What is not as the pod wants it. */
  readonly events: readonly PodEventRecord[];
}

/**
 * How a pod's names are resolved: as its policy has it, with what its `dnsConfig` adds, within what programs can read.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/network/dns/dns.go (`GetPodDNS`)
 */
export function podResolver(pod: Pod, { own, cluster }: ResolverSources): ResolvedResolver {
  const place = placeOf(pod);
  const hasCluster = cluster !== undefined && cluster.addresses.length > 0;
  const isMissing = place === "cluster" && !hasCluster;
  const { config, omissions } = withinLimits(withDnsConfig(baseOf(pod, { place, own, cluster }), pod.spec.dnsConfig));
  const messages = omissions.map((message) => ({ type: "Warning", reason: "DNSConfigForming", message }) as const);
  return { config, events: [...(isMissing ? [missingClusterDns(pod)] : []), ...messages] };
}

type Place = "cluster" | "own" | "none";

/** A policy that is none counts as the one that is the default. */
function placeOf({ spec: { dnsPolicy = "ClusterFirst", hostNetwork } }: Pod): Place {
  if (dnsPolicy === "None") return "none";
  if (dnsPolicy === "Default") return "own";
  return dnsPolicy === "ClusterFirst" && hostNetwork ? "own" : "cluster";
}

function baseOf({ metadata }: Pod, from: ResolverSources & { readonly place: Place }): ResolverConfig {
  const { place, own, cluster } = from;
  if (place === "none") return { nameservers: [], searches: [], options: [] };
  if (place === "own" || !cluster || cluster.addresses.length === 0) return own;
  const { addresses: nameservers, domain } = cluster;
  const ofCluster = domain === "" ? [] : [`${metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
  return { nameservers, searches: distinct([...ofCluster, ...own.searches]), options: ["ndots:5"] };
}

function withDnsConfig(base: ResolverConfig, added: Pod["spec"]["dnsConfig"]): ResolverConfig {
  if (!added) return base;
  const options = new Map(base.options.map((option) => splitOption(option)));
  for (const { name = "", value = "" } of added.options ?? []) options.set(name, value);
  return {
    nameservers: distinct([...base.nameservers, ...(added.nameservers ?? [])]),
    searches: distinct([...base.searches, ...(added.searches ?? [])]),
    options: [...options].map(([name, value]) => (value === "" ? name : `${name}:${value}`)),
  };
}

function splitOption(option: string): readonly [name: string, value: string] {
  const colon = option.indexOf(":");
  return colon < 0 ? [option, ""] : [option.slice(0, colon), option.slice(colon + 1)];
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function missingClusterDns({ metadata: { name, namespace, uid } }: Pod): PodEventRecord {
  const why =
    'kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.';
  return { type: "Warning", reason: "MissingClusterDNS", message: `pod: "${name}_${namespace}(${uid})". ${why}` };
}
