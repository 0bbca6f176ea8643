import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { bitString, element, explicit, objectIdentifier, sequence, tag, unsignedInteger } from "./der.ts";
import { distinguishedName, type SubjectName } from "./distinguished-name.ts";
import { subjectAltName } from "./extensions.ts";
import { ecdsaWithSha256 } from "./issue-certificate.ts";
import { pem } from "./pem.ts";

/** Where a server is found. */
export interface ServerNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** extensionRequest, RFC 2985 section 5.4.2. */
const extensionRequest = "1.2.840.113549.1.9.14";

/**
 * Asks an authority for a certificate: a PKCS #10 request as PEM, signed by the private P-256 key that the certificate is to
 * be for. A server says where it is found.
 *
 * Source: RFC 2986.
 */
export function certificateRequest(subject: SubjectName, key: KeyObject, server?: ServerNames): string {
  const body = sequence(
    unsignedInteger(Buffer.from([0])),
    distinguishedName(subject),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    // That there are no attributes must be said.
    explicit(0, server ? extensionsAttribute(subjectAltName(server)) : Buffer.alloc(0)),
  );
  const algorithm = sequence(objectIdentifier(ecdsaWithSha256));
  return pem("CERTIFICATE REQUEST", sequence(body, algorithm, bitString(sign("sha256", body, key))));
}

function extensionsAttribute(...extensions: readonly Buffer[]): Buffer {
  return sequence(objectIdentifier(extensionRequest), element(tag.set, sequence(...extensions)));
}
