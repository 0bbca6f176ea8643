import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, type UserInfo, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { AccessQuestion, AccessReviews } from "./access-reviews.ts";
import type { Caller } from "./caller.ts";

/** As often as kubelet asks again, with its first pause. */
const attempts = 5;
const firstPauseMs = 500;

/**
 * Asks the API server, by TokenReview and SubjectAccessReview; both take the right to create them, which the ClusterRole
 * `system:auth-delegator` grants and every node of an identity of its own has. Tokens are for the API server's own
 * audience, as with kubelet.
 */
export function clusterReviews(client: KubernetesClient): AccessReviews {
  return {
    async reviewToken(token, { signal }) {
      const { status } = await patiently(signal, () =>
        client.create(resources.tokenReviews, { spec: { token } }, { signal }),
      );
      return status?.authenticated === true && status.user ? callerOf(status.user) : undefined;
    },

    async reviewAccess(question, { signal }) {
      const { status } = await patiently(signal, () =>
        client.create(resources.subjectAccessReviews, { spec: specOf(question) }, { signal }),
      );
      return status?.allowed === true && status.denied !== true;
    },
  };
}

function callerOf({ username = "", uid, groups = [], extra }: UserInfo): Caller | undefined {
  if (username === "") return undefined;
  return { user: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
}

function specOf({ caller, nodeName: name, verb, subresource }: AccessQuestion) {
  const { user, uid, groups, extra } = caller;
  return {
    user,
    groups: [...groups],
    ...(uid === undefined ? {} : { uid }),
    ...(extra ? { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) } : {}),
    resourceAttributes: { version: "v1", resource: "nodes", name, verb, subresource },
  };
}

/** Asking twice does no harm: an API server that is just being replaced is asked again until the signal says otherwise. */
async function patiently<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pauseMs = firstPauseMs; ; attempt++, pauseMs *= 1.5) {
    try {
      return await ask();
    } catch (error) {
      if (attempt >= attempts || !mayPass(error)) throw error;
      await sleep(pauseMs, undefined, { signal });
    }
  }
}

function mayPass(error: unknown): boolean {
  return isKubernetesError(error) && (error.reason === "Unreachable" || error.code === 429 || error.code >= 500);
}
