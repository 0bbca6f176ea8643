import type { StoredObject } from "@virtual-kubelet/kubernetes";
import { ApiError, badRequest, conflict, invalid, notFound } from "../../api-error.ts";
import { timestamp } from "../../storage/deletion.ts";
import { bodyJson, checkedObject, decodedBody } from "../decoding.ts";
import { withDefaults } from "../defaults/with-defaults.ts";
import { applyPatch } from "../patch/apply-patch.ts";
import { jsonPatch } from "../patch/json-patch.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { strategicMergePatch } from "../patch/strategic-merge-patch.ts";
import { invalidOptions } from "../options.ts";
import { type ApiAnswer, type JsonObject, type ResourceRequest, asJson, isJsonObject } from "../request.ts";
import { answerWith } from "../representation.ts";
import { groupVersionOf } from "../served-resources.ts";
import { fault, required } from "../validation/faults.ts";
import { validateUpdate } from "../validation/validate-object.ts";
import { createdFrom } from "./create.ts";
import { stored } from "./read.ts";
import { updatedPart } from "./updated-part.ts";

/** PUT: the whole object. */
export async function replace(request: ResourceRequest): Promise<ApiAnswer> {
  const { object, warnings } = await decodedBody(request);
  const current = stored(request);
  const { uid, resourceVersion } = metadataOf(object);
  if (current.kind === "Lease" && !resourceVersion) throw unversioned(request);
  if (uid !== undefined && uid !== current.metadata.uid) {
    throw conflict(
      request.served.resource,
      request.name,
      `Precondition failed: UID in precondition: ${uid as string}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  return { ...answerWith(request, updated(request, object)), warnings };
}

/** Who renews a lease must have seen it (lease strategy, `AllowUnconditionalUpdate`). */
function unversioned({ served: { resource }, name }: ResourceRequest): ApiError {
  const cause = fault("Invalid", "metadata.resourceVersion", { value: 0, why: "must be specified for an update" });
  const subject = { ...resource, group: "", kind: `${resource.plural}.${resource.group}` };
  const { details, message } = invalid(subject, name, [cause]);
  return new ApiError("Invalid", message, { ...details, group: resource.group, kind: resource.plural });
}

/** PATCH of any of the four kinds. */
export async function patch(request: ResourceRequest): Promise<ApiAnswer> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  const body = await bodyJson(request);
  if (type !== "application/apply-patch+yaml" && request.query.get("force") !== null)
    throw invalidOptions("PatchOptions", [
      fault("Forbidden", "force", { why: "may not be specified for non-apply patch" }),
    ]);
  if (type === "application/apply-patch+yaml") return apply(request, body);
  const { object, warnings } = checkedObject(request, patched(type, asJson(stored(request)), body));
  return { ...answerWith(request, updated(request, object)), warnings };
}

function patched(type: string, current: JsonObject, body: unknown): unknown {
  if (type === "application/json-patch+json") return jsonPatch(current, body);
  if (!isJsonObject(body)) throw badRequest("the body of a patch is a JSON object");
  if (type === "application/merge-patch+json") return mergePatch(current, body);
  if (type === "application/strategic-merge-patch+json") return strategicMergePatch(current, body);
  const known =
    "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";
  throw new ApiError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${known}`,
  );
}

/** Server-side apply; an object that is not there is created. */
function apply(request: ResourceRequest, body: unknown): ApiAnswer {
  const { storage, served, namespace, name, query } = request;
  const fieldManager = query.get("fieldManager") ?? "";
  if (fieldManager === "")
    throw invalidOptions("PatchOptions", [required("fieldManager", "is required for apply patch")]);
  const { object: config, warnings } = checkedObject(request, body);
  const current = storage.get(served.resource, { name, ...(namespace === undefined ? {} : { namespace }) });
  if (!current && request.subresource !== "") throw notFound(served.resource, name);
  checkIdentity(name, metadataOf(config));
  const call = { fieldManager, apiVersion: groupVersionOf(served.resource), time: timestamp(new Date()) };
  const { object, conflicts } = applyPatch(
    current ? asJson(current) : {},
    { ...config, metadata: { ...metadataOf(config), name } },
    call,
  );
  if (conflicts.length > 0 && query.get("force") !== "true") {
    const count = conflicts.length === 1 ? "1 conflict" : `${conflicts.length} conflicts`;
    const text = `Apply failed with ${count}: ${conflicts.map((cause) => `${cause.message}: ${cause.field}`).join(", ")}`;
    throw new ApiError("Conflict", text, { causes: conflicts });
  }
  if (!current) return { ...answerWith(request, createdFrom(request, object), 201), warnings };
  return { ...answerWith(request, updated(request, object)), warnings };
}

/** An object says what it is itself: it is not the path alone that does. */
function checkIdentity(name: string, metadata: JsonObject): void {
  if (metadata["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
  if (metadata["name"] === name) return;
  throw badRequest(
    metadata["name"]
      ? `the name of the object (${metadata["name"] as string}) does not match the name on the URL (${name})`
      : `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
  );
}

function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object["metadata"]) ? object["metadata"] : {};
}

/** Stores the part of `object` that this endpoint may change, if it is still about the object that is stored. */
function updated(request: ResourceRequest, object: JsonObject): StoredObject {
  const { resource } = request.served;
  const current = stored(request);
  const metadata = metadataOf(object);
  if (metadata["resourceVersion"] && metadata["resourceVersion"] !== current.metadata.resourceVersion)
    throw conflict(resource, request.name);
  for (const field of ["uid", "name", "namespace"] as const) {
    const value = metadata[field];
    if (value === undefined || value === current.metadata[field]) continue;
    const message = `Invalid value: ${JSON.stringify(value)}: field is immutable`;
    throw invalid(resource, request.name, [{ reason: "FieldValueInvalid", message, field: `metadata.${field}` }]);
  }
  const wanted = { ...object, metadata } as unknown as StoredObject;
  const changed = withDefaults(resource, updatedPart(request, wanted, current));
  validateUpdate(request, changed, current);
  return request.storage.update(resource, current.metadata, () => changed);
}
