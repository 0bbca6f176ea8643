import type { Node } from "@virtual-kubelet/kubernetes";

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a node's kubelet serves; undefined while the node does not say. */
export function nodeAddress(node: Node): NodeAddress | undefined {
  const addresses = node.status?.addresses ?? [];
  const host = (
    addresses.find(({ type }) => type === "InternalIP") ?? addresses.find(({ type }) => type === "Hostname")
  )?.address;
  return host ? { host, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || 10_250 } : undefined;
}
