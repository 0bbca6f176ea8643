import {
  type KubernetesClient,
  type Pod,
  type ServiceAccount,
  isKubernetesError,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { Call, Logger } from "@virtual-kubelet/provider";
import { refusal } from "../ask-api-server.ts";

/**
 * The service account of a pod. Nodes may read that of a pod of theirs since Kubernetes 1.34; where they may not, it is none at
 * once: it is hardly ever needed.
 *
 * @throws ProviderError `Unavailable` or `Unauthorized` for what the API server cannot give.
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
    if (isKubernetesError(error) && (error.code === 403 || error.code === 404)) {
      logger.debug({ err: error }, `the pull secrets of service account ${namespace}/${name} are not known`);
      return undefined;
    }
    throw refusal(`service account ${namespace}/${name}`, error);
  }
}
