import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { HttpError } from "../error-response.ts";

/** Who calls. */
export interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
}

/** What TLS has found out about the other side of a connection. */
export interface PeerCertificate {
  /** Whether the chain ends at the CA that callers need. */
  readonly trusted: boolean;
  readonly certificate: X509Certificate | undefined;
}

const clientAuth = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";

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
  return { user, groups: groups === undefined ? [] : [groups].flat() };
}

/** @throws {HttpError} 401 for everybody who cannot prove who they are; there is no anonymous access. */
export function authenticate(socket: TLSSocket, now: Date = new Date()): Caller {
  const caller = callerFromCertificate(
    { trusted: socket.authorized, certificate: socket.getPeerX509Certificate() },
    now,
  );
  if (!caller) throw new HttpError(401, "Unauthorized");
  return caller;
}
