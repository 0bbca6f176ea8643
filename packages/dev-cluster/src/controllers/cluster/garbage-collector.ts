import type { OwnerReference, Resource, StoredObject } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../storage/object-storage.ts";
import type { StorageEvent } from "../../storage/watch-history.ts";
import { type Controller, allResources, resourceOfOwner } from "../controller.ts";

const foreground = "foregroundDeletion";
const orphan = "orphan";

/** Deletes objects whose owners are gone, and ends deletions that wait for (`Foreground`) or let go of (`Orphan`) what the object owns. */
export class GarbageCollector implements Controller {
  readonly name = "garbage-collector";
  readonly #storage: ObjectStorage;
  /** UID of an owner → keys of what names it as an owner. */
  readonly #dependents = new Map<string, Set<string>>();

  constructor({ storage }: { readonly storage: ObjectStorage }) {
    this.#storage = storage;
  }

  *keysOf(event: StorageEvent): Iterable<string> {
    const { object, resource } = event;
    const owners = object.metadata.ownerReferences ?? [];
    const key = keyOfAny(resource, object);
    for (const owner of owners) this.#index(owner.uid, { key, present: event.type !== "DELETED" });
    if (owners.length > 0 || object.metadata.finalizers?.length) yield key;
    if (event.type === "DELETED") {
      yield* this.#dependents.get(object.metadata.uid) ?? [];
      this.#dependents.delete(object.metadata.uid);
    }
    for (const owner of owners) {
      const ownerKey = this.#keyOfOwner(owner, object);
      if (ownerKey !== undefined) yield ownerKey;
    }
  }

  reconcile(key: string): undefined {
    const [resource, object] = this.#find(key);
    if (!resource || !object) return;
    const { finalizers = [], deletionTimestamp } = object.metadata;
    if (deletionTimestamp === undefined) this.#collect(resource, object);
    else if (finalizers.includes(orphan)) this.#letGo(resource, object);
    else if (finalizers.includes(foreground)) this.#deleteDependents(resource, object);
  }

  /** Deletes an object that no lasting owner holds; one that has such an owner takes leave of the others. */
  #collect(resource: Resource<StoredObject>, object: StoredObject): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const { present = [], ending = [] } = Object.groupBy(owners, (owner) => this.#ownerState(owner, object));
    if (present.length === owners.length) return;
    if (present.length > 0) this.#storage.update(resource, object.metadata, (current) => withOwners(current, present));
    else this.#storage.delete(resource, object.metadata, { uid: object.metadata.uid, ...this.#policy(object, ending) });
  }

  /** What a blocking owner waits for waits for its own dependents in turn. */
  #policy(object: StoredObject, ending: readonly OwnerReference[]): { readonly propagationPolicy?: string } {
    const blocks = ending.some((owner) => owner.blockOwnerDeletion === true);
    return blocks && this.#dependentsOf(object).length > 0 ? { propagationPolicy: "Foreground" } : {};
  }

  /** `ending`: the owner is being deleted in the foreground, so its dependents go first. A kind that is not known counts as present. */
  #ownerState(owner: OwnerReference, dependent: StoredObject): "present" | "ending" | "gone" {
    const resource = resourceOfOwner(owner);
    if (!resource) return "present";
    const name = {
      name: owner.name,
      ...(resource.namespaced ? { namespace: dependent.metadata.namespace ?? "" } : {}),
    };
    const found = this.#storage.get(resource, name);
    if (found?.metadata.uid !== owner.uid) return "gone";
    const ending = found.metadata.deletionTimestamp !== undefined && found.metadata.finalizers?.includes(foreground);
    return ending ? "ending" : "present";
  }

  #letGo(resource: Resource<StoredObject>, owner: StoredObject): void {
    for (const [ofDependent, dependent] of this.#dependentsOf(owner)) {
      const others = (dependent.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
      this.#storage.update(ofDependent, dependent.metadata, (current) => withOwners(current, others));
    }
    this.#storage.update(resource, owner.metadata, (current) => withoutFinalizer(current, orphan));
  }

  #deleteDependents(resource: Resource<StoredObject>, owner: StoredObject): void {
    for (const [ofDependent, dependent] of this.#dependentsOf(owner)) {
      if (dependent.metadata.deletionTimestamp === undefined) this.#collect(ofDependent, dependent);
    }
    const blocking = this.#dependentsOf(owner).some(([, { metadata }]) =>
      metadata.ownerReferences?.some(
        ({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion === true,
      ),
    );
    if (!blocking) this.#storage.update(resource, owner.metadata, (current) => withoutFinalizer(current, foreground));
  }

  #dependentsOf(owner: StoredObject): readonly (readonly [Resource<StoredObject>, StoredObject])[] {
    return [...(this.#dependents.get(owner.metadata.uid) ?? [])].flatMap((key) => {
      const [resource, object] = this.#find(key);
      const owned = object?.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid);
      return resource && object && owned ? [[resource, object] as const] : [];
    });
  }

  #index(owner: string, dependent: { readonly key: string; readonly present: boolean }): void {
    const keys = this.#dependents.get(owner) ?? new Set<string>();
    if (dependent.present) keys.add(dependent.key);
    else keys.delete(dependent.key);
    if (keys.size > 0) this.#dependents.set(owner, keys);
    else this.#dependents.delete(owner);
  }

  #keyOfOwner(owner: OwnerReference, dependent: StoredObject): string | undefined {
    const resource = resourceOfOwner(owner);
    const namespace = resource?.namespaced ? dependent.metadata.namespace : undefined;
    return resource && keyOfAny(resource, { metadata: { name: owner.name, ...(namespace ? { namespace } : {}) } });
  }

  #find(key: string): readonly [Resource<StoredObject> | undefined, StoredObject | undefined] {
    const [group = "", plural = "", namespace = "", name = ""] = key.split("/");
    const resource = allResources.find((one) => one.group === group && one.plural === plural);
    return [resource, resource && this.#storage.get(resource, { namespace, name })];
  }
}

function keyOfAny(
  resource: Resource<unknown>,
  object: { readonly metadata: { readonly name: string; readonly namespace?: string } },
): string {
  return [resource.group, resource.plural, object.metadata.namespace ?? "", object.metadata.name].join("/");
}

function withOwners(object: StoredObject, owners: readonly OwnerReference[]): StoredObject {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(owners.length > 0 ? { ownerReferences: owners } : {}) } };
}

function withoutFinalizer(object: StoredObject, finalizer: string): StoredObject {
  const finalizers = object.metadata.finalizers?.filter((one) => one !== finalizer) ?? [];
  return { ...object, metadata: { ...object.metadata, finalizers } };
}
