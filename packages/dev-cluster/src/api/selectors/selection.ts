import type { StoredObject } from "@virtual-kubelet/kubernetes";
import type { ResourceRequest } from "../request.ts";
import { fieldSelector } from "./field-selector.ts";
import { type Selector, labelSelector } from "./label-selector.ts";

/** The selectors of the request. */
export function selectorOf(request: ResourceRequest): Selector {
  const byLabel = labelSelector(request.query.get("labelSelector") ?? "");
  const byField = fieldSelector(request.served.resource, request.query.get("fieldSelector") ?? "");
  return (object) => byLabel(object) && byField(object);
}

/** All selected objects in the order of etcd's keys. */
export function selected(request: ResourceRequest, selector: Selector): readonly StoredObject[] {
  const all = request.storage.list(
    request.served.resource,
    request.namespace === undefined ? {} : { namespace: request.namespace },
  );
  return all.filter(selector).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Where an object stands in a list. */
export function keyOf({ metadata }: StoredObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
