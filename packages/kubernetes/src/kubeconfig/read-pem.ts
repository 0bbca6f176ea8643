import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { checkCertificates } from "../connection/check-certificates.ts";
import { invalid } from "./load-kubeconfig.ts";

/** Where a kubeconfig has a PEM text: in itself as base64, or in a file of its own that may be replaced. */
export interface PemLocation {
  /** What to call the kubeconfig in errors. */
  readonly source: string;
  /** What it is: "the CA certificate". */
  readonly what: string;
  readonly kind: "certificate" | "key";
  readonly data: string | undefined;
  readonly file: string | undefined;
  readonly folder: string;
}

/** Whether the kubeconfig says where it is. */
export function isGiven({ data, file }: PemLocation): boolean {
  return Boolean(data || file);
}

/** Reads and checks what is there now. As in kubectl the embedded form wins. */
export async function readPem(location: PemLocation): Promise<string> {
  const { data, file = "", folder } = location;
  const text = data
    ? Buffer.from(data, "base64").toString("utf8")
    : await readFile(resolve(folder, file), "utf8").catch((cause: Error) => {
        throw invalid(`cannot read ${nameOf(location)}: ${cause.message}`, cause);
      });
  checkPem(text, location);
  return text;
}

/** Throws unless the text is what should stand there. */
export function checkPem(text: string, location: PemLocation): void {
  const { kind } = location;
  try {
    if (kind === "key") createPrivateKey(text);
    else checkCertificates(text);
  } catch (cause) {
    throw invalid(`${nameOf(location)} is no valid PEM ${kind}: write the kubeconfig anew, or correct it`, cause);
  }
}

function nameOf({ source, what, data, file = "", folder }: PemLocation): string {
  return data ? `${what} in ${source}` : `${what} ${resolve(folder, file)}, which ${source} names`;
}
