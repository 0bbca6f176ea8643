import type { Pod } from "@virtual-kubelet/kubernetes";

export interface HostsOptions {
  readonly podIPs: readonly string[];
  readonly hostname: string;
  /** What follows the host's name in the pod's full name. */
  readonly domain: string;
  /** The node's own file, for pods on its network. */
  readonly ofNode: string;
}

/**
 * A pod's /etc/hosts.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go (`managedHostsFileContent`)
 */
export function hostsFile({ spec }: Pod, { podIPs, hostname, domain, ofNode }: HostsOptions): string {
  const aliases = aliasesOf(spec.hostAliases ?? []);
  if (spec.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n${ofNode}${aliases}`;
  const names = domain ? `${hostname}.${domain}\t${hostname}` : hostname;
  return [
    "# Kubernetes-managed hosts file.\n",
    "127.0.0.1\tlocalhost\n",
    "::1\tlocalhost ip6-localhost ip6-loopback\n",
    "fe00::0\tip6-localnet\n",
    "fe00::0\tip6-mcastprefix\n",
    "fe00::1\tip6-allnodes\n",
    "fe00::2\tip6-allrouters\n",
    ...podIPs.map((address) => `${address}\t${names}\n`),
    aliases,
  ].join("");
}

function aliasesOf(aliases: NonNullable<Pod["spec"]["hostAliases"]>): string {
  if (aliases.length === 0) return "";
  const lines = aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join("\t")}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join("")}`;
}
