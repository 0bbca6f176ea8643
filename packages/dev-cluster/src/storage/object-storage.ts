import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Draft, ObjectMeta, ObjectName, Resource, StoredObject } from "@virtual-kubelet/kubernetes";
import { alreadyExists, conflict, notFound } from "../api-error.ts";
import { withDefaults } from "../api/defaults/with-defaults.ts";
import { type DeleteOptions, markedForDeletion, mayBeRemoved, timestamp } from "./deletion.ts";
import { generatedName } from "./generated-name.ts";
import { type FollowCall, type StorageBookmark, type StorageEvent, WatchHistory } from "./watch-history.ts";

export interface ObjectStorageOptions {
  /** Events kept for watches that start in the past. Default 10,000. */
  readonly historyLimit?: number;
  /** The resource version before the first change. Default 0. */
  readonly firstVersion?: number;
  /** Changes make no new version, and what is new has none. Default false. */
  readonly trial?: boolean;
}

/** Kinds whose generation counts the changes of their spec. */
const countsGenerations = new Set(["Pod", "Deployment", "ReplicaSet", "Job"]);

/**
 * All objects of the cluster, in memory, with one counter of versions for all of them as in etcd. Everything is synchronous; what is returned
 * must not be changed. Failures are `ApiError`s: `NotFound`, `AlreadyExists`, `Conflict`, `Expired`.
 */
export class ObjectStorage {
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  readonly #history: WatchHistory;
  readonly #trial: boolean;
  #version: number;

  constructor(options: ObjectStorageOptions = {}) {
    this.#version = options.firstVersion ?? 0;
    this.#trial = options.trial ?? false;
    this.#history = new WatchHistory({ limit: options.historyLimit ?? 10_000, version: this.#version });
  }

  /** The version of the last change. */
  get version(): number {
    return this.#version;
  }

  /** The oldest version from which a watch may still start. */
  get oldestVersion(): number {
    return this.#history.oldestVersion;
  }

  list<T>(resource: Resource<T>, options: { readonly namespace?: string } = {}): readonly T[] {
    const all = [...this.#of(resource).values()];
    return (options.namespace
      ? all.filter((object) => object.metadata.namespace === options.namespace)
      : all) as readonly unknown[] as readonly T[];
  }

  get<T>(resource: Resource<T>, name: ObjectName): T | undefined {
    return this.#of(resource).get(keyOf(resource, name)) as T | undefined;
  }

  /** Stores a new object with what the server fills in: defaults, name suffix, UID, times, generation. */
  create<T extends StoredObject>(resource: Resource<T>, draft: Draft<T>): T {
    const metadata = {
      ...plain(draft.metadata ?? {}),
      uid: randomUUID(),
      creationTimestamp: timestamp(new Date()),
      ...(countsGenerations.has(resource.kind) ? { generation: 1 } : {}),
    };
    const name = metadata.name ?? this.#freeName(resource, metadata);
    const object = withDefaults(resource, {
      ...plain(draft),
      metadata: { ...metadata, name },
    } as unknown as StoredObject);
    if (this.#of(resource).has(keyOf(resource, object.metadata))) throw alreadyExists(resource, name);
    return this.#put(resource, "ADDED", object) as unknown as T;
  }

  /**
   * Replaces an object by what `change` makes of it. What the server owns (name, UID, times, generation, marks of deletion) stays as it is. Nothing
   * happens when nothing changes; an object that was only waiting for its finalizers is removed.
   */
  update<T extends StoredObject>(resource: Resource<T>, name: ObjectName, change: (current: T) => T): T {
    const current = this.get(resource, name);
    if (!current) throw notFound(resource, name.name);
    const changed = withServerFields(change(current), current);
    if (isDeepStrictEqual(changed, current)) return current;
    if (mayBeRemoved(changed)) return this.#remove(resource, changed);
    const specChanged = !isDeepStrictEqual(specOf(changed), specOf(current));
    const { generation } = current.metadata;
    if (generation === undefined || !specChanged) return this.#put(resource, "MODIFIED", changed);
    return this.#put(resource, "MODIFIED", {
      ...changed,
      metadata: { ...changed.metadata, generation: generation + 1 },
    });
  }

  /** Marks an object for deletion and removes it as soon as nothing keeps it. Returns it as it was last. */
  delete<T extends StoredObject>(resource: Resource<T>, name: ObjectName, options: DeleteOptions = {}): T {
    const current = this.get(resource, name);
    if (!current) throw notFound(resource, name.name);
    if (options.uid !== undefined && options.uid !== current.metadata.uid) {
      const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${current.metadata.uid}). The object might have been deleted and then recreated`;
      throw conflict({ group: "", plural: resource.kind, kind: resource.kind }, name.name, why);
    }
    const marked = markedForDeletion(current, { ...options, now: new Date() });
    if (!mayBeRemoved(marked)) return marked === current ? current : this.#put(resource, "MODIFIED", marked);
    // Only a pod's end has a grace, and is told before the pod is gone, also when there is none (registry, `Store.Delete`).
    if (resource.kind !== "Pod") return this.#remove(resource, current);
    return this.#remove(resource, marked === current ? current : this.#put(resource, "MODIFIED", marked));
  }

  /** Changes after `resourceVersion` (default: from now on), until the signal aborts. Throws `Expired` at once for a version that is forgotten. */
  watch<T extends StoredObject = StoredObject>(call: {
    readonly signal: AbortSignal;
    readonly resource?: Resource<T>;
    readonly resourceVersion?: string;
  }): AsyncIterable<StorageEvent<T>> {
    const version = call.resourceVersion === undefined ? undefined : Number(call.resourceVersion);
    return ofResource(this.#history.follow(version, { signal: call.signal }), call.resource);
  }

  /** As `watch`, of all resources and with bookmarks. */
  follow(version: number | undefined, call: FollowCall): AsyncIterable<StorageEvent | StorageBookmark> {
    return this.#history.follow(version, call);
  }

  /** The same objects apart from these: what is tried out on the copy does not happen here. */
  fork(): ObjectStorage {
    const copy = new ObjectStorage({ firstVersion: this.#version, trial: true });
    for (const [key, objects] of this.#objects) copy.#objects.set(key, new Map(objects));
    return copy;
  }

  /** Forgets the past: a watch from an older version fails with `Expired`. */
  compact(): void {
    this.#history.compact();
  }

  #of(resource: Resource<unknown>): Map<string, StoredObject> {
    const key = `${resource.group}/${resource.plural}`;
    let objects = this.#objects.get(key);
    if (!objects) this.#objects.set(key, (objects = new Map()));
    return objects;
  }

  #freeName(resource: Resource<unknown>, metadata: ObjectMeta): string {
    let name = "";
    for (let attempt = 0; attempt < 8; attempt += 1) {
      name = generatedName(metadata.generateName ?? "");
      if (!this.#of(resource).has(keyOf(resource, { ...metadata, name }))) break;
    }
    return name;
  }

  #put<T extends StoredObject>(resource: Resource<unknown>, type: "ADDED" | "MODIFIED", object: T): T {
    const objects = this.#of(resource);
    const key = keyOf(resource, object.metadata);
    const previous = objects.get(key);
    const stored = this.#versioned(object);
    objects.set(key, stored);
    this.#history.append(this.#version, { type, resource, object: stored, ...(previous ? { previous } : {}) });
    return stored;
  }

  #remove<T extends StoredObject>(resource: Resource<unknown>, object: T): T {
    const objects = this.#of(resource);
    const key = keyOf(resource, object.metadata);
    const previous = objects.get(key);
    const removed = this.#versioned(object);
    objects.delete(key);
    this.#history.append(this.#version, {
      type: "DELETED",
      resource,
      object: removed,
      ...(previous ? { previous } : {}),
    });
    return removed;
  }

  #versioned<T extends StoredObject>(object: T): T {
    if (this.#trial) return object;
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }
}

/** The fields of an object that only the server writes, taken from `current`. */
function withServerFields<T extends StoredObject>(changed: T, current: T): T {
  const {
    deletionTimestamp: _timestamp,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...metadata
  } = changed.metadata;
  const {
    name,
    namespace,
    uid,
    creationTimestamp,
    resourceVersion,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
  } = current.metadata;
  const owned = {
    name,
    namespace,
    uid,
    creationTimestamp,
    resourceVersion,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
  };
  return plain({ ...changed, apiVersion: current.apiVersion, kind: current.kind, metadata: { ...metadata, ...owned } });
}

async function* ofResource<T>(
  events: AsyncIterable<StorageEvent | StorageBookmark>,
  resource: Resource<T> | undefined,
): AsyncGenerator<StorageEvent<T>> {
  for await (const event of events) {
    if (event.type === "BOOKMARK") continue;
    if (!resource || (event.resource.plural === resource.plural && event.resource.group === resource.group))
      yield event as StorageEvent<T>;
  }
}

function keyOf(resource: Resource<unknown>, name: { readonly namespace?: string; readonly name?: string }): string {
  return resource.namespaced ? `${name.namespace ?? ""}/${name.name ?? ""}` : (name.name ?? "");
}

/** What the generation counts. The node that a pod is bound to is none of its user's wishes. */
function specOf(object: StoredObject): unknown {
  const { spec } = object as { readonly spec?: object };
  return object.kind === "Pod" ? { ...spec, nodeName: undefined } : spec;
}

/** A copy that holds what JSON holds: no undefined fields, nothing shared with the caller. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
