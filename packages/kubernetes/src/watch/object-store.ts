import type { ObjectName } from "../client/resource.ts";
import type { StoredObject } from "../objects/metadata.ts";

/** What is there now, as far as the watch has come. Only the watch writes it. */
export interface ObjectStore<T extends StoredObject> extends Iterable<T> {
  get(uid: string): T | undefined;
  find(name: ObjectName): T | undefined;
  readonly size: number;
  /** There was a complete list: what is not here was not there. */
  readonly synced: boolean;
}

export type ObjectChange<T> =
  | { readonly type: "set"; readonly object: T; readonly previous?: T }
  /** `isMissing`: nobody has said so, but a complete list lacks it. */
  | { readonly type: "deleted"; readonly object: T; readonly isMissing?: true }
  | { readonly type: "synced" };

/** The store as the watch writes it: by UID, and by name for finding. Each change it makes, it returns. */
export class WatchedObjects<T extends StoredObject> implements ObjectStore<T> {
  readonly #byUid = new Map<string, T>();
  readonly #uidByName = new Map<string, string>();
  #synced = false;

  get(uid: string): T | undefined {
    return this.#byUid.get(uid);
  }

  find(name: ObjectName): T | undefined {
    const uid = this.#uidByName.get(nameKey(name));
    return uid === undefined ? undefined : this.#byUid.get(uid);
  }

  get size(): number {
    return this.#byUid.size;
  }

  get synced(): boolean {
    return this.#synced;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#byUid.values();
  }

  /** An object of the same name with another UID is another object: the old one is gone, whether or not we heard of it. */
  set(object: T): ObjectChange<T>[] {
    const { uid } = object.metadata;
    const changes: ObjectChange<T>[] = [];
    const namesake = this.find(object.metadata);
    if (namesake && namesake.metadata.uid !== uid) changes.push(...this.delete(namesake));
    const previous = this.#byUid.get(uid);
    this.#byUid.set(uid, object);
    this.#uidByName.set(nameKey(object.metadata), uid);
    changes.push(previous ? { type: "set", object, previous } : { type: "set", object });
    return changes;
  }

  /** `object` is the last that was seen of it. */
  delete(object: T): { readonly type: "deleted"; readonly object: T }[] {
    const { uid } = object.metadata;
    if (!this.#byUid.delete(uid)) return [];
    const key = nameKey(object.metadata);
    if (this.#uidByName.get(key) === uid) this.#uidByName.delete(key);
    return [{ type: "deleted", object }];
  }

  /** The complete list: what it lacks is gone. What has not changed is not reported again. */
  replace(objects: readonly T[]): ObjectChange<T>[] {
    const uids = new Set(objects.map((object) => object.metadata.uid));
    const names = new Set(objects.map((object) => nameKey(object.metadata)));
    const vanished = [...this.#byUid.values()].filter((object) => !uids.has(object.metadata.uid));
    const changes = vanished.flatMap((object): ObjectChange<T>[] => {
      const gone = this.delete(object);
      // One whose name another has is gone for certain.
      return names.has(nameKey(object.metadata))
        ? gone
        : gone.map((change) => ({ ...change, isMissing: true }) as const);
    });
    for (const object of objects) {
      const version = this.#byUid.get(object.metadata.uid)?.metadata.resourceVersion;
      if (version === undefined || version !== object.metadata.resourceVersion) changes.push(...this.set(object));
    }
    this.#synced = true;
    changes.push({ type: "synced" });
    return changes;
  }
}

function nameKey(name: ObjectName): string {
  return `${name.namespace ?? ""}/${name.name}`;
}
