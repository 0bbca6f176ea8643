import type { ApiAnswer } from "../request.ts";
import { groupVersions, servedIn } from "../served-resources.ts";

/** `/openapi/v3`: where the document of each group is. */
export function openApiRoot(): ApiAnswer {
  const rootOf = (groupVersion: string): string =>
    groupVersion.includes("/") ? `apis/${groupVersion}` : `api/${groupVersion}`;
  const paths = groupVersions.map((groupVersion) => [
    rootOf(groupVersion),
    { serverRelativeURL: `/openapi/v3/${rootOf(groupVersion)}` },
  ]);
  return { body: { paths: Object.fromEntries(paths) } };
}

/** `kind: List` in a manifest is no resource, but kubectl looks for it as for one before it takes it apart. */
const manifestList = { group: "", version: "v1", kind: "List", plural: "lists", namespaced: false };

/**
 * `/openapi/v3/apis/apps/v1`: only what kubectl looks for, that PATCH of a kind knows `fieldValidation`. It then leaves the
 * validation to the server, and takes the merge keys for apply from its own types.
 */
export function openApiOf(groupVersion: string): ApiAnswer | undefined {
  if (!groupVersions.includes(groupVersion)) return undefined;
  const kinds = servedIn(groupVersion).map(({ resource }) => resource);
  const paths = [...kinds, ...(groupVersion === "v1" ? [manifestList] : [])].map((resource) => {
    const root = resource.group === "" ? `/api/${groupVersion}` : `/apis/${groupVersion}`;
    const path = `${root}/${resource.namespaced ? "namespaces/{namespace}/" : ""}${resource.plural}/{name}`;
    const { group, version, kind } = resource;
    const parameters = [{ name: "fieldValidation", in: "query", schema: { type: "string" } }];
    const patch = {
      parameters,
      responses: {},
      "x-kubernetes-action": "patch",
      "x-kubernetes-group-version-kind": { group, kind, version },
    };
    return [path, { patch }];
  });
  const body = {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.35.0" },
    paths: Object.fromEntries(paths),
  };
  return { body };
}
