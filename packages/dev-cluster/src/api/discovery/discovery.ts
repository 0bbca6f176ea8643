import type { ApiAnswer, ApiRequest } from "../request.ts";
import { type ServedResource, groupVersions, servedIn } from "../served-resources.ts";

const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const groups = groupVersions.filter((groupVersion) => groupVersion.includes("/"));

/** `/api`: the core group. */
export function coreVersions(request: ApiRequest): ApiAnswer {
  return wantsAggregated(request)
    ? aggregated(["v1"])
    : { body: { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] } };
}

/** `/apis`: all other groups. */
export function apiGroups(request: ApiRequest): ApiAnswer {
  return wantsAggregated(request)
    ? aggregated(groups)
    : { body: { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(apiGroup) } };
}

/** `/apis/apps`; undefined for a group that is not served. */
export function groupNamed(name: string): ApiAnswer | undefined {
  const groupVersion = groups.find((one) => one.startsWith(`${name}/`));
  return groupVersion ? { body: { kind: "APIGroup", apiVersion: "v1", ...apiGroup(groupVersion) } } : undefined;
}

/** `/api/v1`, `/apis/apps/v1`; undefined for one that is not served. */
export function resourcesOf(groupVersion: string): ApiAnswer | undefined {
  if (!groupVersions.includes(groupVersion)) return undefined;
  return {
    body: {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion,
      resources: servedIn(groupVersion).flatMap(apiResources),
    },
  };
}

function wantsAggregated(request: ApiRequest): boolean {
  const accepted = request.headers.accept ?? "";
  return accepted.includes("as=APIGroupDiscoveryList") && accepted.includes("v=v2;");
}

function apiGroup(groupVersion: string): object {
  const [name, version] = groupVersion.split("/");
  return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
}

function apiResources({ resource, singular, subresources, ...served }: ServedResource): readonly object[] {
  const { plural, kind, namespaced } = resource;
  const own = { name: plural, singularName: singular, namespaced, kind, verbs: served.verbs, ...extrasOf(served) };
  return [
    own,
    ...subresources.map((subresource) => {
      const [version, group] = subresource.groupVersion?.split("/").toReversed() ?? [];
      const foreign = version ? { version, group } : {};
      return {
        name: `${plural}/${subresource.name}`,
        singularName: "",
        namespaced,
        kind: subresource.kind ?? kind,
        verbs: subresource.verbs,
        ...foreign,
      };
    }),
  ];
}

function extrasOf({ shortNames, categories }: Pick<ServedResource, "shortNames" | "categories">): object {
  return { ...(shortNames.length > 0 ? { shortNames } : {}), ...(categories.length > 0 ? { categories } : {}) };
}

/** Discovery in one answer per root (KEP-3352). */
function aggregated(versions: readonly string[]): ApiAnswer {
  const items = versions.map((groupVersion) => {
    const [version, group = ""] = groupVersion.split("/").toReversed();
    return {
      metadata: group === "" ? {} : { name: group },
      versions: [{ version, freshness: "Current", resources: servedIn(groupVersion).map(discoveredResource) }],
    };
  });
  const body = { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
  return { body, contentType: aggregatedType };
}

function discoveredResource({ resource, singular, subresources, ...served }: ServedResource): object {
  const { group, version, plural, kind, namespaced } = resource;
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: served.verbs,
    ...extrasOf(served),
    subresources: subresources.map((subresource) => {
      const [kindVersion = version, kindGroup = ""] = subresource.groupVersion?.split("/").toReversed() ?? [
        version,
        group,
      ];
      return {
        subresource: subresource.name,
        responseKind: { group: kindGroup, version: kindVersion, kind: subresource.kind ?? kind },
        verbs: subresource.verbs,
      };
    }),
  };
}
