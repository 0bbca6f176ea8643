import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { certificateRequest, type ServerNames } from "../certificates/certificate-request.ts";
import type { KubernetesClient } from "../client/kubernetes-client.ts";
import { isKubernetesError, KubernetesError } from "../client/kubernetes-error.ts";
import { pause } from "../client/pause.ts";
import { resources } from "../client/resource.ts";
import type { CertificateSigningRequest } from "../objects/generated/kubernetes-objects.ts";
import { ObjectWatch, type WatchLogger } from "../watch/object-watch.ts";
import { userPrefix } from "./node-credential.ts";

export interface CertificateCall {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  /** The private key that the certificate is to be for. */
  readonly key: KeyObject;
  /** Where the node is found, if the certificate is to serve by; absent: it is one of a client. */
  readonly server?: ServerNames | undefined;
  /** Who asks: the cluster approves requests of nodes by another rule than those of others. */
  readonly requester: "bootstrap" | "node";
  /** The cluster decides when absent; at least 600. */
  readonly expirationSeconds?: number | undefined;
  readonly logger?: WatchLogger | undefined;
  readonly signal: AbortSignal;
}

interface CertificatePurpose {
  readonly what: string;
  readonly signerName: string;
  readonly usage: string;
  /** What requests are called, before the node's name. */
  readonly prefix: string;
}

const client: CertificatePurpose = {
  what: "a client certificate",
  signerName: "kubernetes.io/kube-apiserver-client-kubelet",
  usage: "client auth",
  prefix: "node-csr",
};

const serving: CertificatePurpose = {
  what: "a serving certificate",
  signerName: "kubernetes.io/kubelet-serving",
  usage: "server auth",
  prefix: "node-serving-csr",
};

/**
 * A certificate for a node by a CertificateSigningRequest, PEM. It waits for approval and signature, and says so. The
 * same key and requester make the same request again, whose answer is then found.
 *
 * Rejects with reason `CertificateRefused` when the request is denied or cannot be signed, and with that of any failed
 * request.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
export async function requestCertificate(call: CertificateCall): Promise<string> {
  const { nodeName, key, server, expirationSeconds, signal } = call;
  const { what, signerName, usage } = purposeOf(call);
  const name = requestName(call);
  const subject = { commonName: `${userPrefix}${nodeName}`, organizations: ["system:nodes"] };
  const spec = {
    signerName,
    request: Buffer.from(certificateRequest(subject, key, server)).toString("base64"),
    usages: ["digital signature", usage],
    ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
  };
  try {
    await call.client.create(resources.certificateSigningRequests, { metadata: { name }, spec }, { signal });
    call.logger?.info({ request: name }, `${what} is asked for`);
  } catch (error) {
    if (!isKubernetesError(error, "AlreadyExists")) throw error;
    call.logger?.info({ request: name }, `${what} was asked for before`);
  }
  return certificateOf(name, call);
}

function purposeOf({ server }: Pick<CertificateCall, "server">): CertificatePurpose {
  return server ? serving : client;
}

/** Of the key, as kubelet does, so that asking again does not add another; of the node's name, so that people can read it. */
function requestName({ nodeName, key, requester, server }: CertificateCall): string {
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const hash = createHash("sha256").update(requester).update(spki);
  if (server) hash.update(JSON.stringify([server.dnsNames, server.ipAddresses]));
  return `${purposeOf({ server }).prefix}-${nodeName}-${hash.digest("hex").slice(0, 20)}`;
}

async function certificateOf(name: string, call: CertificateCall): Promise<string> {
  const { logger, signal } = call;
  const resource = resources.certificateSigningRequests;
  const watch = new ObjectWatch({ client: call.client, resource, fieldSelector: `metadata.name=${name}`, logger });
  const ended = new AbortController();
  const waiting: { for: Stage } = { for: "approval" };
  const reminding = remind(name, {
    waiting,
    purpose: purposeOf(call),
    logger,
    signal: AbortSignal.any([signal, ended.signal]),
  });
  try {
    for await (const change of watch.run({ signal })) {
      if (change.type === "deleted" || (change.type === "synced" && watch.store.size === 0)) throw vanished(name);
      if (change.type !== "set") continue;
      const answer = answerTo(change.object);
      if (answer.certificate !== undefined) return answer.certificate;
      waiting.for = answer.waitsFor;
    }
    throw signal.reason;
  } finally {
    ended.abort();
    await reminding;
  }
}

type Stage = "approval" | "signature";

/** Where the request stands. Throws when nothing will come of it. */
export function answerTo(
  request: CertificateSigningRequest,
): { readonly certificate: string } | { readonly certificate?: undefined; readonly waitsFor: Stage } {
  const { certificate, conditions = [] } = request.status ?? {};
  const { name } = request.metadata;
  const advice = `delete it with "kubectl delete certificatesigningrequest ${name}" to have the node ask anew; the cluster does so after an hour`;
  for (const { type, message, reason } of conditions) {
    if (type !== "Denied" && type !== "Failed") continue;
    const what = type === "Denied" ? "was denied" : "could not be signed";
    const why = message || reason || "no reason was given";
    throw new KubernetesError(
      "CertificateRefused",
      `the certificate signing request ${name} ${what}: ${why}; ${advice}`,
    );
  }
  if (certificate) return { certificate: Buffer.from(certificate, "base64").toString("utf8") };
  return { waitsFor: conditions.some(({ type }) => type === "Approved") ? "signature" : "approval" };
}

function vanished(name: string): KubernetesError {
  return new KubernetesError("NotFound", `the certificate signing request ${name} was deleted before it was answered`);
}

interface Reminders {
  readonly waiting: { readonly for: Stage };
  readonly purpose: CertificatePurpose;
  readonly logger: WatchLogger | undefined;
  readonly signal: AbortSignal;
}

const firstReminderMs = 5_000;
const rarestReminderMs = 300_000;

/** Says what is waited for, ever more rarely, until aborted. */
async function remind(name: string, { waiting, purpose, logger, signal }: Reminders): Promise<void> {
  for (let afterMs = firstReminderMs; ; afterMs = Math.min(afterMs * 2, rarestReminderMs)) {
    try {
      await pause(afterMs, signal);
    } catch {
      return;
    }
    const message =
      waiting.for === "approval"
        ? `the certificate signing request ${name} waits for approval: kubectl certificate approve ${name}`
        : `the certificate signing request ${name} is approved and waits for its signature: is the signer ${purpose.signerName} running?`;
    logger?.warn({ request: name }, message);
  }
}
