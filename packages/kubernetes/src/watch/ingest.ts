import { KubernetesError } from "../client/kubernetes-error.ts";
import type { Resource } from "../client/resource.ts";
import { apiVersionOf } from "../client/resource-path.ts";
import type { StoredObject } from "../objects/metadata.ts";

/**
 * An object as it is kept: with `apiVersion` and `kind`, which items of a list lack, and without `managedFields`, which
 * are half of a pod's memory and of no use to a reader.
 */
export function ingest<T extends StoredObject>(object: T, resource: Resource<T>): T {
  const { managedFields: _, ...metadata } = object.metadata;
  if (typeof metadata.uid !== "string" || typeof metadata.name !== "string") {
    throw new KubernetesError("InvalidResponse", `one of the ${resource.plural} has no metadata.uid or metadata.name`);
  }
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
}
