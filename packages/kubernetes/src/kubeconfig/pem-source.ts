import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { FreshFile } from "../connection/fresh-file.ts";
import { invalid } from "./load-kubeconfig.ts";

/** A PEM text that stands in the kubeconfig as base64, or in a file of its own that may be replaced. */
export interface PemSource {
  read(call: { readonly refresh: boolean | "ca" }): Promise<string> | string;
}

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

const maxAgeMs = 60_000;

/**
 * Checks what is there now, so that a bad certificate is an error of loading and not of the first request. As in
 * kubectl the embedded form wins.
 */
export async function pemSource(location: PemLocation): Promise<PemSource | undefined> {
  const { source, what, kind, data, file, folder } = location;
  if (data) {
    const text = Buffer.from(data, "base64").toString("utf8");
    check(text, kind, `${what} in ${source}`);
    return { read: () => text };
  }
  if (!file) return undefined;
  const path = resolve(folder, file);
  const name = `${what} ${path}, which ${source} names`;
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw invalid(`cannot read ${name}: ${cause.message}`, cause);
  });
  check(text, kind, name);
  return new FreshFile({ path, what, maxAgeMs });
}

function check(text: string, kind: PemLocation["kind"], name: string): void {
  try {
    if (kind === "key") createPrivateKey(text);
    else void new X509Certificate(text);
  } catch (cause) {
    throw invalid(`${name} is no valid PEM ${kind}: write the kubeconfig anew, or correct it`, cause);
  }
}
