import type { StoredObject } from "@virtual-kubelet/kubernetes";
import type { ApiAnswer, ResourceRequest } from "./request.ts";
import { groupVersionOf } from "./served-resources.ts";
import { tableOfKind } from "./tables/table-of-kind.ts";
import { partialObject, table } from "./tables/table.ts";

/** The form in which the client wants objects: the first of those in its Accept header that this server knows. */
export type Form = "object" | "table" | "partial";

export function formOf(request: ResourceRequest): Form {
  for (const accepted of (request.headers.accept ?? "").split(",")) {
    const parameters = new Set(accepted.split(";").map((part) => part.trim()));
    if (!parameters.has("application/json")) continue;
    if (parameters.has("as=Table")) {
      if (parameters.has("v=v1")) return "table";
    } else if ([...parameters].some((one) => one.startsWith("as=PartialObjectMetadata"))) return "partial";
    else return "object";
  }
  return "object";
}

/** One object as the answer to a request. */
export function answerWith(request: ResourceRequest, object: StoredObject, code = 200): ApiAnswer {
  return { code, body: represented(request, object) };
}

/** One object, also in a watch event, in the form that the client asked for. */
export function represented(request: ResourceRequest, object: StoredObject): object {
  const form = formOf(request);
  if (form === "table") return tableOf(request, [object], { resourceVersion: object.metadata.resourceVersion });
  return form === "partial" ? partialObject(object) : object;
}

/** A list in the form that the client asked for. Items of a plain list carry neither `apiVersion` nor `kind`. */
export function representedList(request: ResourceRequest, objects: readonly StoredObject[], metadata: object): object {
  const { resource } = request.served;
  const form = formOf(request);
  if (form === "table") return tableOf(request, objects, metadata);
  if (form === "partial") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      items: objects.map(partialObject),
    };
  }
  const items = objects.map(({ apiVersion: _apiVersion, kind: _kind, ...item }) => item);
  return { kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata, items };
}

/** What a bookmark carries: no object, only a version. */
export function representedBookmark(
  request: ResourceRequest,
  version: number,
  annotations?: Readonly<Record<string, string>>,
): object {
  const { resource } = request.served;
  const form = formOf(request);
  const metadata = {
    resourceVersion: String(version),
    ...(annotations ? { annotations } : {}),
  };
  if (form === "table") return bookmarkTable(request, metadata);
  if (form === "partial") return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
  const rest = resource.kind === "Pod" ? { spec: { containers: null }, status: {} } : {};
  return { kind: resource.kind, apiVersion: groupVersionOf(resource), metadata, ...rest };
}

/** The end of the initial events is told by a row, as there is no other place for the annotation. */
function bookmarkTable(
  request: ResourceRequest,
  metadata: { readonly resourceVersion: string; readonly annotations?: object },
): object {
  const empty = tableOf(request, [], { resourceVersion: metadata.resourceVersion });
  if (!metadata.annotations) return empty;
  return {
    ...empty,
    rows: [{ cells: [], object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata } }],
  };
}

function tableOf(request: ResourceRequest, objects: readonly StoredObject[], metadata: object): object {
  const includeObject = request.query.get("includeObject") ?? "Metadata";
  return table(tableOfKind(request.served.resource.kind), objects, { includeObject, metadata, now: new Date() });
}
