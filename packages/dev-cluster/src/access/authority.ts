import { type KeyPairPem, issueCertificate } from "@virtual-kubelet/kubernetes";

/** Whom a certificate is for. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
}

const dayMs = 24 * 60 * 60 * 1000;

export function newAuthority(): KeyPairPem {
  return issueCertificate({ commonName: "kubernetes", certificateAuthority: true, validForMs: 3650 * dayMs });
}

export function clientCertificate(authority: KeyPairPem, identity: Identity): KeyPairPem {
  const { user, groups = [] } = identity;
  return issueCertificate({
    commonName: user,
    organizations: groups,
    usages: ["clientAuth"],
    issuer: authority,
    validForMs: 365 * dayMs,
  });
}

/** For the addresses by which the server is called. */
export function servingCertificate(authority: KeyPairPem, address: string): KeyPairPem {
  const ipAddresses = [...new Set(["127.0.0.1", "::1", "10.96.0.1", ...(isAnyAddress(address) ? [] : [address])])];
  const dnsNames = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  return issueCertificate({
    commonName: "kube-apiserver",
    dnsNames,
    ipAddresses,
    usages: ["serverAuth"],
    issuer: authority,
    validForMs: 365 * dayMs,
  });
}

/** Whether a server that listens there is called by some other address. */
export function isAnyAddress(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}
