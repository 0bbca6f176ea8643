import type { X509Certificate } from "node:crypto";

/** Who calls, in the words of a review. */
export interface Caller {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What TLS has found out about the other side of a connection. */
export interface PeerCertificate {
  /** Whether the chain ends at a CA that callers need. */
  readonly trusted: boolean;
  readonly certificate: X509Certificate | undefined;
}

const clientAuth = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";
const credentialId = "authentication.kubernetes.io/credential-id";

/**
 * Who the certificate says the caller is: the common name is the user, the organisations are the groups, as everywhere in
 * Kubernetes. `undefined` when it proves nothing: no certificate, another CA's, expired since the connection was opened, not
 * meant for clients, or without exactly one name.
 */
export function callerFromCertificate(peer: PeerCertificate, now: Date): Caller | undefined {
  const { trusted, certificate } = peer;
  if (!trusted || !certificate) return undefined;
  if (now < new Date(certificate.validFrom) || now > new Date(certificate.validTo)) return undefined;
  const usages: readonly string[] | undefined = certificate.keyUsage;
  if (usages && !usages.some((usage) => usage === clientAuth || usage === anyUsage)) return undefined;
  const { CN: user, O: groups } = certificate.toLegacyObject().subject as Partial<Record<string, string | string[]>>;
  if (typeof user !== "string" || user === "") return undefined;
  const fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
  return {
    user,
    groups: groups === undefined ? [] : [groups].flat(),
    extra: { [credentialId]: [`X509SHA256=${fingerprint}`] },
  };
}

/** Whoever has proved who they are is in this group, as Kubernetes has it for all but the anonymous. */
export function authenticated(caller: Caller): Caller {
  const { groups } = caller;
  if (groups.includes("system:authenticated") || groups.includes("system:unauthenticated")) return caller;
  return { ...caller, groups: [...groups, "system:authenticated"] };
}
