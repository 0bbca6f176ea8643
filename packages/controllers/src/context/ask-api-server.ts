import { isKubernetesError } from "@virtual-kubelet/kubernetes";
import { ProviderError } from "@virtual-kubelet/provider";
import { untilGranted } from "./until-granted.ts";

/**
 * What the API server gives a node for a pod, asked for again while its authorizer has not heard of the pod yet.
 *
 * @throws ProviderError `Unauthorized` for what it refuses, `Unavailable` for what it cannot give now.
 */
export async function askApiServer<T>(
  what: string,
  { ask, signal }: { readonly ask: () => Promise<T>; readonly signal: AbortSignal },
): Promise<T> {
  try {
    return await untilGranted(ask, { signal });
  } catch (error) {
    throw refusal(what, error);
  }
}

/** What the API server refuses or cannot give, in the contract's terms; another error as it is. */
function refusal(what: string, error: unknown): unknown {
  if (!isKubernetesError(error)) return error;
  const code = error.code === 401 || error.code === 403 ? "Unauthorized" : "Unavailable";
  return new ProviderError(code, `The API server does not give ${what}: ${error.message}`, {
    cause: error,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

/** An object, or `undefined` where there is none. */
export async function unlessMissing<T>(object: Promise<T>): Promise<T | undefined> {
  try {
    return await object;
  } catch (error) {
    if (isKubernetesError(error, "NotFound")) return undefined;
    throw error;
  }
}
