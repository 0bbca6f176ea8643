import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";

/**
 * What tells this cluster from others: the UID of Service default/kubernetes, which a node may read. Asks until the
 * cluster answers, for an agent may well start before its API server.
 */
export async function clusterId(
  client: KubernetesClient,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<string> {
  for (let retryInMs = 100; ; retryInMs = Math.min(retryInMs * 2, 10_000)) {
    try {
      const service = await client.get(resources.services, { namespace: "default", name: "kubernetes" }, { signal });
      return service.metadata.uid;
    } catch (error) {
      if (signal.aborted) throw error;
      logger.warn({ err: error, retryInMs }, "the cluster cannot be identified yet");
      await sleep(retryInMs, undefined, { signal });
    }
  }
}
