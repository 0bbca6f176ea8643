import { type KubernetesClient, KubernetesError, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { askApiServer } from "../ask-api-server.ts";
import type { IssueCall, IssuedToken, TokenRequest } from "./tokens.ts";

interface Answer {
  readonly spec?: { readonly expirationSeconds?: number };
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

/** Asks for a token of the pod's service account that is bound to the pod: it ends with it. */
export async function issueToken(
  client: KubernetesClient,
  { pod, request }: { readonly pod: Pod; readonly request: TokenRequest },
  { signal, timeoutMs }: IssueCall,
): Promise<IssuedToken> {
  const { namespace, name: podName, uid } = pod.metadata;
  const name = { namespace, name: pod.spec.serviceAccountName ?? "default", subresource: "token" };
  const { audience, expirationSeconds } = request;
  const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: podName, uid };
  const spec = { audiences: audience ? [audience] : [], expirationSeconds, boundObjectRef };
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
  const what = `a token of service account ${namespace}/${name.name}`;
  const ask = async (): Promise<IssuedToken> => {
    const call = { body, signal, timeoutMs };
    return issued(await client.createSubresource<Answer>(resources.serviceAccounts, name, call), expirationSeconds);
  };
  return askApiServer(what, { ask, signal });
}

function issued(answer: Answer | undefined, askedSeconds: number): IssuedToken {
  const { token, expirationTimestamp = "" } = answer?.status ?? {};
  const expiresAt = new Date(expirationTimestamp);
  if (!token || Number.isNaN(expiresAt.getTime()))
    throw new KubernetesError("InvalidResponse", "the answer is no token with an end");
  return { token, expiresAt, expirationSeconds: answer?.spec?.expirationSeconds ?? askedSeconds };
}
