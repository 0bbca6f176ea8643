import type { ApiAnswer } from "../request.ts";
import { kubernetesVersion } from "./server-facts.ts";
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

/**
 * `/openapi/v3/apis/apps/v1`: only what kubectl looks for, that PATCH of a kind knows `fieldValidation`. It then leaves the
 * validation to the server, and takes the merge keys for apply from its own types.
 */
export function openApiOf(groupVersion: string): ApiAnswer | undefined {
  if (!groupVersions.includes(groupVersion)) return undefined;
  const paths = servedIn(groupVersion).map(({ resource }) => {
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
    info: { title: "Kubernetes", version: kubernetesVersion },
    paths: Object.fromEntries(paths),
  };
  return { body };
}

/**
 * `/openapi/v2`, which kubectl reads in protobuf, for `kind: List` in a manifest say: a document without definitions, by which
 * it finds nothing to object to.
 */
export function openApiV2(): ApiAnswer {
  const [swagger, information, title, version] = [1, 2, 1, 2];
  const info = field(title, "Kubernetes") + field(version, kubernetesVersion);
  const contentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  return { body: field(swagger, "2.0") + field(information, info), contentType };
}

/** A text or message of fewer than 128 bytes in the protobuf wire format: tag, length, content. */
function field(number: number, content: string): string {
  return String.fromCharCode((number << 3) | 2, content.length) + content;
}
