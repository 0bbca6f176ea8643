import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { bitString, explicit, objectIdentifier, sequence, unsignedInteger } from "./der.ts";
import { distinguishedName, type SubjectName } from "./distinguished-name.ts";
import { ecdsaWithSha256 } from "./issue-certificate.ts";
import { pem } from "./pem.ts";

/**
 * Asks an authority for a certificate: a PKCS #10 request as PEM, signed by the private P-256 key that the certificate is to
 * be for.
 *
 * Source: RFC 2986.
 */
export function certificateRequest(subject: SubjectName, key: KeyObject): string {
  const body = sequence(
    unsignedInteger(Buffer.from([0])),
    distinguishedName(subject),
    createPublicKey(key).export({ type: "spki", format: "der" }),
    // No attributes, which must be said.
    explicit(0, Buffer.alloc(0)),
  );
  const algorithm = sequence(objectIdentifier(ecdsaWithSha256));
  return pem("CERTIFICATE REQUEST", sequence(body, algorithm, bitString(sign("sha256", body, key))));
}
