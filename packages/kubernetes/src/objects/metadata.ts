import type { ListMeta, ObjectMeta } from "./generated/kubernetes-objects.ts";

/** The metadata of an object that is stored in a namespace: these fields the API server always fills in. */
export interface NamespacedMeta extends ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** The metadata of a stored object that belongs to no namespace, a node say. */
export interface ClusterMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
}

/** What every object of the API has. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

/** An object that the API server has stored and so given a name and a UID. */
export interface StoredObject extends KubernetesObject {
  readonly metadata: ClusterMeta & { readonly namespace?: string };
}

/** An object before it is stored: the API server still has to give it its UID, and perhaps its name. */
export type Draft<T extends KubernetesObject> = Omit<T, "metadata"> & { readonly metadata?: ObjectMeta };

/** A list as the API server returns it. Its items carry neither `apiVersion` nor `kind`. */
export interface ObjectList<T> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ListMeta;
  readonly items: readonly T[];
}
