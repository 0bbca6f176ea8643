import {
  type ObjectName,
  type OwnerReference,
  type Resource,
  type StoredObject,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { StorageEvent } from "../storage/watch-history.ts";

/**
 * One control loop. It is told of every change and names the keys that are worth a look; each is then reconciled once, however often it was
 * named. `reconcile` compares what is stored with what should be, so that events may be lost or doubled; when it throws it is called again later.
 */
export interface Controller {
  readonly name: string;
  keysOf(event: StorageEvent): Iterable<string>;
  /** Returns in how many milliseconds to look again when time alone changes the outcome. */
  reconcile(key: string): number | undefined;
}

/** The object of an event when it is one of `resource`. */
export function changed<T>(event: StorageEvent, resource: Resource<T>): T | undefined {
  const same = event.resource.plural === resource.plural && event.resource.group === resource.group;
  return same ? (event.object as T) : undefined;
}

/** `namespace/name`, or `name` for what belongs to no namespace. */
export function keyOf(name: ObjectName): string {
  return name.namespace === undefined ? name.name : `${name.namespace}/${name.name}`;
}

export function nameOf(key: string): ObjectName & { readonly namespace: string } {
  const slash = key.indexOf("/");
  return { namespace: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) };
}

/** Every resource that this cluster has. */
export const allResources: readonly Resource<StoredObject>[] = Object.values(
  resources,
) as unknown as readonly Resource<StoredObject>[];

/** The resource that an owner reference means; undefined for a kind that this cluster does not have. */
export function resourceOfOwner(
  owner: Pick<OwnerReference, "apiVersion" | "kind">,
): Resource<StoredObject> | undefined {
  const [version = "", group = ""] = owner.apiVersion.split("/").toReversed();
  return allResources.find((one) => one.kind === owner.kind && one.group === group && one.version === version);
}

/** The owner that manages an object. */
export function controllerOf(object: StoredObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** What makes `owner` the manager of another object. */
export function controllerReference(owner: StoredObject): OwnerReference {
  const { apiVersion = "v1", kind = "", metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}
