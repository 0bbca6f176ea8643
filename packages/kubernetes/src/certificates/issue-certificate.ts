import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { bitString, explicit, objectIdentifier, sequence, time, unsignedInteger } from "./der.ts";
import { distinguishedName } from "./distinguished-name.ts";
import { type CertificateUsage, extensions } from "./extensions.ts";
import { pem } from "./pem.ts";
import { subjectOf } from "./subject-of.ts";

/** A certificate and its private key, both PEM. */
export interface KeyPairPem {
  readonly certificate: string;
  readonly key: string;
}

export interface IssueCertificateOptions {
  /** To Kubernetes: the user's name. */
  readonly commonName: string;
  /** To Kubernetes: the user's groups. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usages?: readonly CertificateUsage[];
  /** May sign others. */
  readonly certificateAuthority?: boolean;
  /** Who signs; absent: the certificate signs itself. */
  readonly issuer?: KeyPairPem;
  /** A year, if not said. */
  readonly validForMs?: number;
  /** Five minutes ago, if not said: clocks differ. */
  readonly notBefore?: Date;
}

export const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const yearMs = 365 * 24 * 60 * 60 * 1000;

/**
 * A new P-256 key with a certificate for it, X.509 version 3, ECDSA with SHA-256: for clusters of our own, tests, and serving
 * before a cluster has signed a certificate. Throws a `RangeError` for a name or address that no certificate can hold.
 */
export function issueCertificate(options: IssueCertificateOptions): KeyPairPem {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    certificate: certificateFor(privateKey, options),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** A certificate for a key that is there already, or for a public key that somebody else has the private one of. */
export function certificateFor(key: KeyObject, options: IssueCertificateOptions): string {
  const {
    commonName,
    organizations = [],
    dnsNames = [],
    ipAddresses = [],
    usages = [],
    certificateAuthority = false,
  } = options;
  const { notBefore = new Date(Date.now() - 5 * 60_000), validForMs = yearMs } = options;
  const publicKey = key.type === "public" ? key : createPublicKey(key);
  const name = distinguishedName({ commonName, organizations });
  const issuer = options.issuer ? readIssuer(options.issuer) : { key, publicKey, name };
  const algorithm = sequence(objectIdentifier(ecdsaWithSha256));
  const body = sequence(
    explicit(0, unsignedInteger(Buffer.from([2]))),
    unsignedInteger(serialNumber()),
    algorithm,
    issuer.name,
    sequence(time(notBefore), time(new Date(notBefore.getTime() + validForMs))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    explicit(
      3,
      extensions({
        certificateAuthority,
        usages,
        dnsNames,
        ipAddresses,
        subjectKeyId: keyId(publicKey),
        authorityKeyId: keyId(issuer.publicKey),
      }),
    ),
  );
  return pem("CERTIFICATE", sequence(body, algorithm, bitString(sign("sha256", body, issuer.key))));
}

function readIssuer(issuer: KeyPairPem): {
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly name: Buffer;
} {
  const certificate = new X509Certificate(issuer.certificate);
  const key = createPrivateKey(issuer.key);
  if (key.asymmetricKeyType !== "ec")
    throw new RangeError("the issuer's key is no elliptic curve key, which is all that is written here");
  if (!certificate.checkPrivateKey(key))
    throw new RangeError("the issuer's key does not belong to the issuer's certificate");
  if (!certificate.ca)
    throw new RangeError(`the issuer ${certificate.subject.replaceAll("\n", ", ")} is no certificate authority`);
  return { key, publicKey: createPublicKey(key), name: subjectOf(certificate.raw) };
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  // Positive, and of the same length always.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/** RFC 5280 section 4.2.1.2, method 1: SHA-1 of the key's bits, here the uncompressed point at the end of its encoding. */
function keyId(publicKey: KeyObject): Buffer {
  const point = publicKey.export({ type: "spki", format: "der" }).subarray(-65);
  return createHash("sha1").update(point).digest();
}
