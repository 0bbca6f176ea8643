import { X509Certificate } from "node:crypto";

/**
 * Throws unless the text has a certificate, perhaps among others or beside its key, and each part of it that begins also
 * ends: in a file that is just being written the last one does not.
 */
export function checkCertificates(pem: string): void {
  void new X509Certificate(pem);
  if (count(pem, "BEGIN") !== count(pem, "END")) throw new Error("its last part has no end");
}

function count(pem: string, mark: "BEGIN" | "END"): number {
  return pem.match(new RegExp(`^-----${mark} [A-Z0-9 ]+-----`, "gm"))?.length ?? 0;
}
