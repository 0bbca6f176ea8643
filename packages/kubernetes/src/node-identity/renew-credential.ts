import type { ServerNames } from "../certificates/certificate-request.ts";
import { Deadline } from "../client/deadline.ts";
import { KubernetesClient } from "../client/kubernetes-client.ts";
import { KubernetesError } from "../client/kubernetes-error.ts";
import type { Connection } from "../connection/connection.ts";
import type { WatchLogger } from "../watch/object-watch.ts";
import type { CredentialFolder } from "./credential-folder.ts";
import { type ClusterMark, faultOf, isPair, type NodeCredential } from "./node-credential.ts";
import { requestCertificate } from "./request-certificate.ts";

export interface CredentialRenewal {
  /** As whom the certificate is asked for. */
  readonly connection: Connection;
  readonly requester: "bootstrap" | "node";
  readonly nodeName: string;
  /** Where the node is found, if it is a certificate to serve by. */
  readonly server?: ServerNames | undefined;
  readonly cluster: ClusterMark;
  readonly folder: CredentialFolder;
  /** What is to be replaced. */
  readonly current: NodeCredential | undefined;
  readonly expirationSeconds: number | undefined;
  readonly logger: WatchLogger | undefined;
  readonly signal: AbortSignal;
}

/** After so long an attempt ends, and the next one may begin as somebody else: as kubelet. */
const attemptMs = 15 * 60_000;

/**
 * One attempt at a new credential, which is in the folder before it is returned. It may be killed at any point: the key is
 * kept before it is asked for, and kept until its certificate is.
 */
export async function renewCredential(renewal: CredentialRenewal): Promise<NodeCredential> {
  const { connection, nodeName, server, cluster, folder, current } = renewal;
  const what = `the node's ${server ? "serving" : "client"} certificate`;
  using deadline = new Deadline({ signal: renewal.signal, timeoutMs: attemptMs, what });
  await using client = new KubernetesClient({ connection });
  const key = await folder.pendingKey(current);
  const certificate = await requestCertificate({ ...renewal, client, key, signal: deadline.signal });
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  const credential = { certificate, key: keyPem, cluster };
  const fault = isPair(credential)
    ? faultOf(credential, { nodeName, server, cluster, now: new Date() })
    : "it is for another key";
  if (fault === undefined) await folder.store(credential);
  await folder.dropPendingKey();
  // It may be the answer to a request of long ago: the next one is of another key.
  if (fault !== undefined) throw new KubernetesError("InvalidResponse", `${what} is of no use: ${fault}`);
  return credential;
}
