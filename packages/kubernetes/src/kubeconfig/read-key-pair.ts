import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Credentials } from "../connection/connection.ts";
import { invalid } from "./load-kubeconfig.ts";
import { checkPem, type PemLocation, readPem } from "./read-pem.ts";

/** A client certificate with the key that belongs to it, both PEM. */
export type KeyPair = Required<Pick<Credentials, "cert" | "key">>;

export interface KeyPairLocation {
  readonly cert: PemLocation;
  readonly key: PemLocation;
}

/**
 * Reads both together. Fails when they do not belong together, as is the case for a moment when one file has been
 * replaced and the other has not.
 */
export async function readKeyPair(location: KeyPairLocation): Promise<KeyPair> {
  const cert = await readPem(location.cert);
  const key = isOneFile(location) ? cert : await readPem(location.key);
  checkPem(key, location.key);
  if (!isPair(cert, key)) {
    throw invalid(`the client key in ${location.key.source} does not belong to its client certificate`);
  }
  return { cert, key };
}

/** Whether the key belongs to the certificate, or to the first of several. Throws when they cannot be read. */
export function isPair(certificatePem: string, keyPem: string): boolean {
  return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
}

/** As a kubelet has it; read twice, it might be replaced between. */
function isOneFile({ cert, key }: KeyPairLocation): boolean {
  return !cert.data && !key.data && cert.file === key.file;
}
