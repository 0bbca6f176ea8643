import { type KubernetesClient, type Pod, resources } from "@virtual-kubelet/kubernetes";
import { askApiServer } from "../ask-api-server.ts";
import type { IssueCall, IssuedToken, TokenRequest } from "./tokens.ts";

interface Answer {
  readonly spec?: { readonly expirationSeconds?: number };
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
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
  const ask = () => client.createSubresource<Answer>(resources.serviceAccounts, name, { body, signal, timeoutMs });
  const what = `a token of service account ${namespace}/${name.name}`;
  const { spec: granted, status } = await askApiServer(what, { ask, signal });
  return {
    token: status.token,
    expiresAt: new Date(status.expirationTimestamp),
    expirationSeconds: granted?.expirationSeconds ?? expirationSeconds,
  };
}
