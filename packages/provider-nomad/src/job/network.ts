import type { Pod } from "@virtual-kubelet/kubernetes";
import type { ResolverConfig } from "@virtual-kubelet/provider";
import type { NomadNetwork, NomadPort } from "../api/job.ts";
import { type NomadDriver, runsImages } from "./drivers.ts";

/** Whether the pod has a network of its own, rather than its client's. */
export function hasOwnNetwork({ spec }: Pod, driver: NomadDriver): boolean {
  return runsImages(driver) && spec.hostNetwork !== true;
}

/** The network that a pod's containers share. */
export function podNetwork(pod: Pod, driver: NomadDriver, resolver: ResolverConfig | undefined): NomadNetwork {
  const isOwn = hasOwnNetwork(pod, driver);
  const ports = portsOf(pod, isOwn);
  const reserved = ports.filter(({ Value }) => Value !== undefined);
  const dynamic = ports.filter(({ Value }) => Value === undefined);
  return {
    Mode: isOwn ? "bridge" : "host",
    ...(isOwn ? { Hostname: hostnameOf(pod) } : {}),
    ...(resolver && saysSomething(resolver) ? { DNS: dnsFrom(resolver) } : {}),
    ...(reserved.length > 0 ? { ReservedPorts: reserved } : {}),
    ...(dynamic.length > 0 ? { DynamicPorts: dynamic } : {}),
  };
}

/** Where there is no network of its own, a port that is not asked for on the host is the program's own business. */
function portsOf({ spec }: Pod, isOwn: boolean): readonly NomadPort[] {
  const ports = new Map<string, NomadPort>();
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { containerPort, hostPort, protocol = "TCP" } of container.ports ?? []) {
      const Label = protocol === "TCP" ? `port_${containerPort}` : `port_${containerPort}_${protocol.toLowerCase()}`;
      const value = hostPort || (spec.hostNetwork ? containerPort : undefined);
      if (isOwn) ports.set(Label, { Label, ...(value === undefined ? {} : { Value: value }), To: containerPort });
      else if (value !== undefined) ports.set(Label, { Label, Value: value });
    }
  }
  return [...ports.values()];
}

/** Where nothing is said, names are resolved as the client does. */
function saysSomething({ nameservers, searches, options }: ResolverConfig): boolean {
  return nameservers.length + searches.length + options.length > 0;
}

function dnsFrom({ nameservers, searches, options }: ResolverConfig): NonNullable<NomadNetwork["DNS"]> {
  return { Servers: nameservers, Searches: searches, Options: options };
}

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`GeneratePodHostNameAndDomain`) */
function hostnameOf({ metadata, spec }: Pod): string {
  return spec.hostnameOverride ?? (spec.hostname ?? metadata.name).slice(0, 63).replace(/[-.]+$/, "");
}
