import type { ResolverConfig } from "@virtual-kubelet/provider";

/**
 * The text of a pod's /etc/resolv.conf, in the order in which container runtimes write what a kubelet tells them. What is empty has no line; all
 * empty, the text is.
 *
 * @see https://github.com/containerd/containerd/tree/main/internal/cri/server (`parseDNSOptions`)
 */
export function resolvConf({ searches, nameservers, options }: ResolverConfig): string {
  const lines = [
    ...lineOf("search", searches),
    ...nameservers.map((address) => `nameserver ${address}\n`),
    ...lineOf("options", options),
  ];
  return lines.join("");
}

function lineOf(keyword: string, values: readonly string[]): readonly string[] {
  return values.length > 0 ? [`${keyword} ${values.join(" ")}\n`] : [];
}
