import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

/** An object of a manifest, as far as it says who may do what. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly PolicyRule[];
  readonly roleRef?: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly object[];
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A manifest that the agent is shipped with: its path. */
export function manifestPath(name: string): string {
  return fileURLToPath(new URL(`../../../../apps/agent/deploy/${name}`, import.meta.url));
}

export function shippedManifest(name: string): readonly ManifestObject[] {
  return parseAllDocuments(readFileSync(manifestPath(name), "utf8")).map(
    (document) => document.toJS() as ManifestObject,
  );
}
