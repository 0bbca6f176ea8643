import { type Event, type StoredObject, resources } from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../storage/object-storage.ts";
import { timestamp } from "../storage/deletion.ts";

export interface EventRecord {
  /** Who says so: `default-scheduler`, `replicaset-controller`. */
  readonly component: string;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Stores an event about `object`. The same event again counts up the first one. */
export function recordEvent(storage: ObjectStorage, object: StoredObject, record: EventRecord): void {
  const { component, type, reason, message } = record;
  const { name, namespace = "default", uid, resourceVersion } = object.metadata;
  const now = timestamp(new Date());
  const same = find(storage, { namespace, uid, ...record });
  if (same) {
    storage.update(resources.events, same.metadata, (event) => ({
      ...event,
      count: (event.count ?? 1) + 1,
      lastTimestamp: now,
    }));
    return;
  }
  // kubectl shows events of one second in the order of their names.
  const order = BigInt(Date.now()) * 1_000_000n + BigInt(storage.version % 1_000_000);
  storage.create(resources.events, {
    metadata: { namespace, name: `${name}.${order.toString(16)}` },
    involvedObject: {
      apiVersion: object.apiVersion ?? "v1",
      kind: object.kind ?? "",
      name,
      uid,
      ...(object.metadata.namespace === undefined ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component },
    reportingComponent: component,
    reportingInstance: "",
  });
}

function find(
  storage: ObjectStorage,
  like: EventRecord & { readonly namespace: string; readonly uid: string },
): Event | undefined {
  const { namespace, uid, component, reason, message } = like;
  return storage
    .list(resources.events, { namespace })
    .find(
      (event) =>
        event.involvedObject.uid === uid &&
        event.source?.component === component &&
        event.reason === reason &&
        event.message === message,
    );
}
