import { type Resource, type StoredObject, resources } from "@virtual-kubelet/kubernetes";

/** A resource as this server offers it. */
export interface ServedResource {
  readonly resource: Resource<StoredObject>;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
}

export interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Default: the kind of the resource itself. */
  readonly kind?: string;
  /** `group/version` of that kind when it is not the resource's own. */
  readonly groupVersion?: string;
}

const objectVerbs: readonly string[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

const status: Subresource = { name: "status", verbs: ["get", "patch", "update"] };
const scale: Subresource = {
  name: "scale",
  verbs: ["get", "patch", "update"],
  kind: "Scale",
  groupVersion: "autoscaling/v1",
};
const podSubresources: readonly Subresource[] = [
  { name: "attach", verbs: ["create", "get"], kind: "PodAttachOptions" },
  { name: "binding", verbs: ["create"], kind: "Binding" },
  { name: "ephemeralcontainers", verbs: ["get", "patch", "update"] },
  { name: "eviction", verbs: ["create"], kind: "Eviction", groupVersion: "policy/v1" },
  { name: "exec", verbs: ["create", "get"], kind: "PodExecOptions" },
  { name: "log", verbs: ["get"] },
  { name: "portforward", verbs: ["create", "get"], kind: "PodPortForwardOptions" },
  { name: "resize", verbs: ["get", "patch", "update"] },
  status,
];

/** Everything that is stored. */
export const servedResources: readonly ServedResource[] = [
  served(resources.configMaps, { shortNames: ["cm"] }),
  served(resources.events, { shortNames: ["ev"] }),
  served(resources.namespaces, {
    shortNames: ["ns"],
    // All of them at once would be the whole cluster.
    verbs: objectVerbs.filter((verb) => verb !== "deletecollection"),
    subresources: [{ name: "finalize", verbs: ["update"] }, status],
  }),
  served(resources.nodes, {
    shortNames: ["no"],
    subresources: [{ name: "proxy", verbs: ["get"], kind: "NodeProxyOptions" }, status],
  }),
  served(resources.pods, { shortNames: ["po"], categories: ["all"], subresources: podSubresources }),
  served(resources.secrets, {}),
  served(resources.serviceAccounts, { shortNames: ["sa"] }),
  served(resources.services, { shortNames: ["svc"], categories: ["all"], subresources: [status] }),
  served(resources.deployments, { shortNames: ["deploy"], categories: ["all"], subresources: [scale, status] }),
  served(resources.replicaSets, { shortNames: ["rs"], categories: ["all"], subresources: [scale, status] }),
  served(resources.jobs, { categories: ["all"], subresources: [status] }),
  served(resources.leases, {}),
];

type Extras = Partial<Pick<ServedResource, "shortNames" | "categories" | "verbs" | "subresources">>;

function served<T>(resource: Resource<T>, extras: Extras): ServedResource {
  return {
    resource: resource as unknown as Resource<StoredObject>,
    singular: resource.kind.toLowerCase(),
    shortNames: extras.shortNames ?? [],
    categories: extras.categories ?? [],
    verbs: extras.verbs ?? objectVerbs,
    subresources: extras.subresources ?? [],
  };
}

export function groupVersionOf(resource: Resource<unknown>): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** Every `group/version` that is served, the core one first. */
export const groupVersions: readonly string[] = [
  ...new Set(servedResources.map(({ resource }) => groupVersionOf(resource))),
];

export function servedIn(groupVersion: string): readonly ServedResource[] {
  return servedResources.filter(({ resource }) => groupVersionOf(resource) === groupVersion);
}
