import { createHash } from "node:crypto";
import { type StoredObject, resources } from "@virtual-kubelet/kubernetes";
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
  const hash = createHash("sha256")
    .update([uid, component, type, reason, message].join("\n"))
    .digest("hex")
    .slice(0, 16);
  const eventName = { namespace, name: `${name}.${hash}` };
  const now = timestamp(new Date());
  if (storage.get(resources.events, eventName)) {
    storage.update(resources.events, eventName, (event) => ({
      ...event,
      count: (event.count ?? 1) + 1,
      lastTimestamp: now,
    }));
    return;
  }
  storage.create(resources.events, {
    metadata: eventName,
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
