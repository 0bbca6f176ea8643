import { isDeepStrictEqual } from "node:util";
import type { Pod, StoredObject } from "@virtual-kubelet/kubernetes";

export interface DeleteOptions {
  /** Pods only; others go at once. Default: the pod's own. */
  readonly gracePeriodSeconds?: number;
  /** Refuse with `Conflict` when the object has another UID. */
  readonly uid?: string;
  /** `Background` (default), `Foreground` or `Orphan`: the last two leave a finalizer for the garbage collector. */
  readonly propagationPolicy?: string;
}

type Finalizers = StoredObject["metadata"]["finalizers"];

const finalizerOfPolicy: Readonly<Record<string, string>> = { Foreground: "foregroundDeletion", Orphan: "orphan" };

/**
 * What a delete makes of an object: itself with the marks of deletion, or the very same object when this delete changes nothing.
 * A pod keeps its grace; a later delete may only shorten it (apiserver, `rest.BeforeDelete`; pod strategy, `CheckGracefulDelete`).
 */
export function markedForDeletion<T extends StoredObject>(
  object: T,
  options: DeleteOptions & { readonly now: Date },
): T {
  const { metadata } = object;
  const grace = graceOf(object, options);
  if (metadata.deletionTimestamp !== undefined) {
    const before = metadata.deletionGracePeriodSeconds ?? 0;
    if (before === 0) return withFinalizers(object, finalizersFor(metadata.finalizers, options));
    if (options.gracePeriodSeconds === undefined || grace >= before) return object;
    const deadline = Date.parse(metadata.deletionTimestamp) + (grace - before) * 1000;
    return {
      ...object,
      metadata: { ...metadata, deletionTimestamp: timestamp(new Date(deadline)), deletionGracePeriodSeconds: grace },
    };
  }
  const finalizers = finalizersFor(metadata.finalizers, options);
  return {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: timestamp(new Date(options.now.getTime() + grace * 1000)),
      deletionGracePeriodSeconds: grace,
      ...(finalizers ? { finalizers } : {}),
      ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
    },
    ...(object.kind === "Namespace" ? { status: { phase: "Terminating" } } : {}),
  };
}

/** A policy that is named counts, also when it is another one than before (registry, `deletionFinalizersForGarbageCollection`). */
function finalizersFor(before: Finalizers, { propagationPolicy }: DeleteOptions): Finalizers {
  if (propagationPolicy === undefined) return before;
  const finalizer = finalizerOfPolicy[propagationPolicy];
  const others = before?.filter((one) => one === finalizer || !Object.values(finalizerOfPolicy).includes(one));
  return finalizer === undefined || others?.includes(finalizer) ? others : [...(others ?? []), finalizer];
}

function withFinalizers<T extends StoredObject>(object: T, finalizers: Finalizers): T {
  const { finalizers: before, ...metadata } = object.metadata;
  if (isDeepStrictEqual(before, finalizers)) return object;
  return { ...object, metadata: { ...metadata, ...(finalizers ? { finalizers } : {}) } };
}

/** Whether nothing keeps a deleted object any longer: no grace, no finalizer, and for a namespace none of `spec.finalizers`. */
export function mayBeRemoved(object: StoredObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || (metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  if (metadata.finalizers?.length) return false;
  const spec = (object as { readonly spec?: { readonly finalizers?: readonly string[] } }).spec;
  return object.kind !== "Namespace" || !spec?.finalizers?.length;
}

function graceOf(object: StoredObject, options: DeleteOptions): number {
  if (object.kind !== "Pod") return 0;
  const { spec, status } = object as Pod;
  if (!spec.nodeName || status?.phase === "Succeeded" || status?.phase === "Failed") return 0;
  const grace = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}

/** A point in time as Kubernetes writes it: RFC 3339, whole seconds. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
