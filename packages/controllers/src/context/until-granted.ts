import { setTimeout as sleep } from "node:timers/promises";
import { isKubernetesError } from "@virtual-kubelet/kubernetes";

const pausesMs = [25, 50, 100, 200, 400, 800, 1600] as const;

/**
 * Asks again for a while what the API server refuses. A node may read what its pods refer to, but the authorizer hears of a
 * pod by a watch of its own: the node may know it a moment earlier.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
export async function untilGranted<T>(ask: () => Promise<T>, { signal }: { readonly signal: AbortSignal }): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await ask();
    } catch (error) {
      if (!isKubernetesError(error) || error.code !== 403) throw error;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  return ask();
}
