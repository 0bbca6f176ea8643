import { reviewAccess, reviewToken } from "../access/reviews.ts";
import { ApiError } from "../api-error.ts";
import { nodeProxy, podLogs } from "../kubelet/logs.ts";
import { apiGroups, coreVersions, groupNamed, resourcesOf } from "./discovery/discovery.ts";
import { openApiOf, openApiRoot, openApiV2 } from "./discovery/open-api.ts";
import { serverVersion, whoAmI } from "./discovery/server-facts.ts";
import { create } from "./handlers/create.ts";
import { listOrWatch } from "./handlers/list.ts";
import { bind, evict } from "./handlers/pod-actions.ts";
import { read } from "./handlers/read.ts";
import { remove, removeCollection } from "./handlers/remove.ts";
import { readScale, writeScale } from "./handlers/scale.ts";
import { patch, replace } from "./handlers/update.ts";
import type { ApiAnswer, ApiRequest, Handler } from "./request.ts";
import { type ServedResource, servedIn } from "./served-resources.ts";

/** What is not about stored objects. `open`: needs no certificate. */
interface PlainRoute {
  readonly method: string;
  readonly path: RegExp;
  readonly open?: boolean;
  readonly answer: (request: ApiRequest, match: RegExpExecArray) => ApiAnswer | Promise<ApiAnswer> | undefined;
}

export const plainRoutes: readonly PlainRoute[] = [
  {
    method: "GET",
    path: /^\/(healthz|livez|readyz)(\/.*)?$/,
    open: true,
    answer: () => ({ body: "ok", contentType: "text/plain; charset=utf-8" }),
  },
  { method: "GET", path: /^\/version\/?$/, open: true, answer: serverVersion },
  { method: "GET", path: /^\/api\/?$/, answer: coreVersions },
  { method: "GET", path: /^\/apis\/?$/, answer: apiGroups },
  { method: "GET", path: /^\/api\/(v1)\/?$/, answer: (_request, [, version = ""]) => resourcesOf(version) },
  { method: "GET", path: /^\/apis\/([^/]+)\/?$/, answer: (_request, [, group = ""]) => groupNamed(group) },
  { method: "GET", path: /^\/apis\/([^/]+\/[^/]+)\/?$/, answer: (_request, [, version = ""]) => resourcesOf(version) },
  { method: "GET", path: /^\/openapi\/v2$/, answer: openApiV2 },
  { method: "GET", path: /^\/openapi\/v3\/?$/, answer: openApiRoot },
  { method: "GET", path: /^\/openapi\/v3\/apis?\/(.+)$/, answer: (_request, [, version = ""]) => openApiOf(version) },
  { method: "POST", path: /^\/apis\/authentication\.k8s\.io\/v1\/selfsubjectreviews$/, answer: whoAmI },
  { method: "POST", path: /^\/apis\/authentication\.k8s\.io\/v1\/tokenreviews$/, answer: reviewToken },
  { method: "POST", path: /^\/apis\/authorization\.k8s\.io\/v1\/subjectaccessreviews$/, answer: reviewAccess },
];

/** What is about stored objects; `at` is `collection`, `object`, or a subresource. */
interface ResourceRoute {
  readonly method: string;
  readonly at: string;
  readonly handle: Handler;
}

export const resourceRoutes: readonly ResourceRoute[] = [
  { method: "GET", at: "collection", handle: listOrWatch },
  { method: "POST", at: "collection", handle: create },
  { method: "DELETE", at: "collection", handle: removeCollection },
  { method: "GET", at: "object", handle: read },
  { method: "PUT", at: "object", handle: replace },
  { method: "PATCH", at: "object", handle: patch },
  { method: "DELETE", at: "object", handle: remove },
  { method: "GET", at: "status", handle: read },
  { method: "PUT", at: "status", handle: replace },
  { method: "PATCH", at: "status", handle: patch },
  { method: "GET", at: "ephemeralcontainers", handle: read },
  { method: "PUT", at: "ephemeralcontainers", handle: replace },
  { method: "PATCH", at: "ephemeralcontainers", handle: patch },
  { method: "GET", at: "resize", handle: read },
  { method: "PUT", at: "resize", handle: replace },
  { method: "PATCH", at: "resize", handle: patch },
  { method: "PUT", at: "finalize", handle: replace },
  { method: "GET", at: "scale", handle: readScale },
  { method: "PUT", at: "scale", handle: writeScale },
  { method: "PATCH", at: "scale", handle: writeScale },
  { method: "POST", at: "binding", handle: bind },
  { method: "POST", at: "eviction", handle: evict },
  { method: "GET", at: "log", handle: podLogs },
  { method: "GET", at: "proxy", handle: nodeProxy },
];

/** Subresources that are streams: they need an upgrade of the connection. */
export const upgradeRoutes: ReadonlySet<string> = new Set(["exec", "attach", "portforward"]);

/** What a path says about stored objects. */
export interface ResourceTarget {
  readonly served: ServedResource;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource: string;
}

/** Reads a path of the API; undefined when it is none of a served resource. */
export function resourceTarget(path: string): ResourceTarget | undefined {
  const [root, ...segments] = segmentsOf(path);
  const groupVersion =
    root === "api" ? segments.shift() : root === "apis" ? segments.splice(0, 2).join("/") : undefined;
  const all = groupVersion === undefined ? [] : servedIn(groupVersion);
  // A third segment after `namespaces/x` is a resource in it, unless it is a subresource of the namespace.
  const scoped =
    segments[0] === "namespaces" && segments.length > 2 && !["status", "finalize"].includes(segments[2] ?? "");
  const namespace = scoped ? segments.splice(0, 2)[1] : undefined;
  const [plural, name = "", subresource = "", ...more] = segments;
  const served = all.find(
    ({ resource }) => resource.plural === plural && (resource.namespaced || namespace === undefined),
  );
  if (!served || (served.resource.namespaced && name !== "" && namespace === undefined)) return undefined;
  if (more.length > 0 && subresource !== "proxy") return undefined;
  if (subresource !== "" && !served.subresources.some((one) => one.name === subresource)) return undefined;
  return { served, namespace, name, subresource };
}

/** Throws `BadRequest` for what cannot be decoded. */
function segmentsOf(path: string): string[] {
  try {
    return path.split("/").slice(1).map(decodeURIComponent);
  } catch {
    throw new ApiError("BadRequest", `${path} is no path of a URL`);
  }
}

/** The handler of a request for a target. Throws `MethodNotAllowed`. */
export function handlerOf(method: string, target: ResourceTarget): Handler {
  const at = target.subresource || (target.name === "" ? "collection" : "object");
  if (upgradeRoutes.has(at)) throw new ApiError("BadRequest", "Upgrade request required");
  const found = resourceRoutes.find((route) => route.method === method && route.at === at);
  const { resource, verbs } = target.served;
  const everywhere = resource.namespaced && target.namespace === undefined && method !== "GET";
  const notAtOnce = found?.handle === removeCollection && !verbs.includes("deletecollection");
  if (!found || everywhere || notAtOnce)
    throw new ApiError("MethodNotAllowed", "the server does not allow this method on the requested resource", {});
  return found.handle;
}
