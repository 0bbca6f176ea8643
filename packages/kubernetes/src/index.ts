export type * from "./objects/generated/kubernetes-objects.ts";
export type { ClusterMeta, Draft, KubernetesObject, NamespacedMeta, ObjectList, StoredObject } from "./objects/metadata.ts";
