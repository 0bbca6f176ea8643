import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";

/** Where a node's object keeps what it calls its cluster. */
export const clusterIdAnnotation = "virtual-kubelet.io/cluster-id";

export interface ClusterIdOptions {
  readonly nodeName: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * What tells this cluster from others: what the node's object has been told before, or else the UID of Service
 * default/kubernetes, which a node may read. That service is made anew, with another UID, when somebody deletes it; the
 * backend's pods must be known again all the same. Asks until the cluster answers, for an agent may well start before its
 * API server.
 */
export async function clusterId(client: KubernetesClient, options: ClusterIdOptions): Promise<string> {
  const { logger, signal } = options;
  for (let retryInMs = 100; ; retryInMs = Math.min(retryInMs * 2, 10_000)) {
    try {
      return (await keptId(client, options)) ?? (await serviceUid(client, signal));
    } catch (error) {
      if (signal.aborted) throw error;
      const hint = isKubernetesError(error, "NotFound") ? " (or give it an id: the option clusterId)" : "";
      logger.warn({ err: error, retryInMs }, `the cluster cannot be identified yet${hint}`);
      await sleep(retryInMs, undefined, { signal });
    }
  }
}

async function keptId(client: KubernetesClient, { nodeName, signal }: ClusterIdOptions): Promise<string | undefined> {
  try {
    const node = await client.get(resources.nodes, { name: nodeName }, { signal });
    return node.metadata.annotations?.[clusterIdAnnotation];
  } catch (error) {
    if (isKubernetesError(error, "NotFound")) return undefined;
    throw error;
  }
}

async function serviceUid(client: KubernetesClient, signal: AbortSignal): Promise<string> {
  const service = await client.get(resources.services, { namespace: "default", name: "kubernetes" }, { signal });
  return service.metadata.uid;
}
