import { readFile } from "node:fs/promises";
import type { KeyPairPem } from "../certificates/issue-certificate.ts";
import { checkCertificates } from "../connection/check-certificates.ts";
import { isPair } from "../node-identity/node-credential.ts";
import type { WatchLogger } from "../watch/object-watch.ts";
import { polled } from "./polled.ts";

export interface CertificateFilesOptions {
  readonly logger?: WatchLogger | undefined;
  /** How often to look; 10,000 if not said. */
  readonly intervalMs?: number;
  readonly signal: AbortSignal;
}

const intervalMs = 10_000;

/** The certificates of a PEM file that others replace: now, and after each change, for each that reads them. A file that is half written is not believed. */
export function certificateFile(path: string, options: CertificateFilesOptions): AsyncIterable<string> {
  const read = async (): Promise<string> => {
    const text = await readFile(path, "utf8");
    checkCertificates(text);
    return text;
  };
  return {
    [Symbol.asyncIterator]: () => polled(read, { intervalMs, what: `the certificate file ${path}`, ...options }),
  };
}

/** A certificate and its key in two PEM files: now, and after each change, for each that reads them. While they do not belong together neither is believed. */
export function keyPairFiles(
  paths: { readonly certificate: string; readonly key: string },
  options: CertificateFilesOptions,
): AsyncIterable<KeyPairPem> {
  const read = async (): Promise<KeyPairPem> => {
    const certificate = await readFile(paths.certificate, "utf8");
    checkCertificates(certificate);
    const key = await readFile(paths.key, "utf8");
    if (!isPair({ certificate, key })) throw new Error(`the key ${paths.key} does not belong to it`);
    return { certificate, key };
  };
  const what = `the certificate ${paths.certificate} with its key`;
  return { [Symbol.asyncIterator]: () => polled(read, { intervalMs, what, ...options }) };
}
