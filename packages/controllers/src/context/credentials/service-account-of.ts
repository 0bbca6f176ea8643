import {
  type KubernetesClient,
  type Pod,
  type ServiceAccount,
  isKubernetesError,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { Call, Logger } from "@virtual-kubelet/provider";

/**
 * The service account of a pod, where it can be had at once. Nodes may read that of a pod of theirs since Kubernetes 1.34. It is
 * hardly ever needed, and a kubelet never asks for it: that it cannot be had keeps no pod from pulling.
 */
export async function serviceAccountOf(
  { metadata: { namespace }, spec }: Pod,
  { client, logger }: { readonly client: KubernetesClient; readonly logger: Logger },
  { signal }: Call,
): Promise<ServiceAccount | undefined> {
  const name = spec.serviceAccountName ?? "default";
  try {
    return await client.get(resources.serviceAccounts, { namespace, name }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!isKubernetesError(error)) throw error;
    logger.debug({ err: error }, `the pull secrets of service account ${namespace}/${name} are not known`);
    return undefined;
  }
}
