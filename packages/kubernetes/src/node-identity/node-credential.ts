import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ServerNames } from "../certificates/certificate-request.ts";
import { pemBlocks } from "../certificates/pem.ts";

/** One node's client certificate with its key, and the cluster that it is for. */
export interface NodeCredential {
  /** PEM; perhaps with the certificates of those who signed it behind it. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  readonly cluster: ClusterMark;
}

/** What tells one cluster from another before anything was asked of it. */
export interface ClusterMark {
  readonly server: string;
  /** SHA-256 of each certificate that may have signed the server's; none where those of the system may. */
  readonly authorities: readonly string[];
}

export const userPrefix = "system:node:";

export function clusterMark(server: string, ca: string | undefined): ClusterMark {
  const authorities = pemBlocks(ca ?? "", "CERTIFICATE").map((block) => new X509Certificate(block).fingerprint256);
  return { server, authorities };
}

/**
 * The credential as the text of one file, so that certificate and key can never be of two different renewals. Programs that
 * read PEM step over what stands before the blocks.
 */
export function textOfCredential({ certificate, key, cluster }: NodeCredential): string {
  const { server, authorities } = cluster;
  return `Server: ${server}\nAuthorities: ${authorities.join(" ")}\n${certificate.trim()}\n${key.trim()}\n`;
}

/** Throws when the text is none. */
export function credentialFromText(text: string): NodeCredential {
  const certificates = pemBlocks(text, "CERTIFICATE");
  const [key] = pemBlocks(text, "PRIVATE KEY");
  const [, server] = /^Server: (.+)$/m.exec(text) ?? [];
  const [, authorities] = /^Authorities: (.*)$/m.exec(text) ?? [];
  if (certificates.length === 0 || !key || !server) throw new Error("it lacks a certificate, a key, or the server");
  const credential = {
    certificate: certificates.join(""),
    key,
    cluster: { server, authorities: (authorities ?? "").split(" ").filter((each) => each !== "") },
  };
  if (!isPair(credential)) throw new Error("the key does not belong to the certificate");
  return credential;
}

/** Whether the key belongs to the certificate. */
export function isPair({ certificate, key }: Pick<NodeCredential, "certificate" | "key">): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

/** What a credential has to be good for. */
export interface CredentialUse {
  readonly nodeName: string;
  /** Where the node is found, if it is to serve. */
  readonly server?: ServerNames | undefined;
  readonly cluster: ClusterMark;
  readonly now: Date;
}

/**
 * Why the credential is of no use; `undefined` when it is good. A cluster may change its address or its authority and is the
 * same: only when both are others it is another.
 */
export function faultOf(
  credential: NodeCredential,
  { nodeName, server, cluster, now }: CredentialUse,
): string | undefined {
  const certificate = new X509Certificate(credential.certificate);
  const { CN: user, O: groups } = certificate.toLegacyObject().subject as Partial<Record<string, string | string[]>>;
  if (user !== `${userPrefix}${nodeName}`)
    return `it is for ${[user].flat().join(", ")}, not for ${userPrefix}${nodeName}`;
  if (![groups].flat().includes("system:nodes")) return "it is not for the group system:nodes";
  const known = credential.cluster;
  if (known.server !== cluster.server && !known.authorities.some((each) => cluster.authorities.includes(each)))
    return `it is for the cluster at ${known.server}, not for the one at ${cluster.server}`;
  if (certificate.validToDate <= now) return `it expired on ${certificate.validToDate.toISOString()}`;
  const { dnsNames = [], ipAddresses = [] } = server ?? {};
  const lacking = [
    ...dnsNames.filter((name) => certificate.checkHost(name) === undefined),
    ...ipAddresses.filter((address) => certificate.checkIP(address) === undefined),
  ];
  return lacking.length > 0 ? `it is not for ${lacking.join(", ")}` : undefined;
}
