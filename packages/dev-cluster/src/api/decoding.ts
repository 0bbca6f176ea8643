import { parse } from "yaml";
import { ApiError, badRequest } from "../api-error.ts";
import { objectFromProtobuf } from "./protobuf/object-from-protobuf.ts";
import { type JsonObject, type ResourceRequest, isJsonObject } from "./request.ts";
import { groupVersionOf } from "./served-resources.ts";
import { invalidOptions, optionsKind } from "./options.ts";
import { fault } from "./validation/faults.ts";
import { fieldFaults } from "./validation/field-faults.ts";

export interface DecodedObject {
  readonly object: JsonObject;
  /** For the client's terminal. */
  readonly warnings: readonly string[];
}

const mediaTypes: readonly string[] = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/** The body as JSON, however it was written. */
export async function bodyJson(
  request: ResourceRequest,
  options: { readonly optional?: boolean } = {},
): Promise<unknown> {
  const type = (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim() ?? "";
  const body = await request.body();
  if (body.length === 0 && options.optional) return undefined;
  const known = /(json|yaml|kubernetes\.protobuf)$/.exec(type)?.[1];
  if (known === undefined || (request.method !== "PATCH" && !mediaTypes.includes(type))) {
    throw new ApiError(
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${mediaTypes.join(", ")}`,
    );
  }
  try {
    if (known === "kubernetes.protobuf") return objectFromProtobuf(body);
    return (known === "yaml" ? parse(body.toString()) : JSON.parse(body.toString())) as unknown;
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${request.served.resource.kind}): ${(error as Error).message}`,
    );
  }
}

/** The body as an object of the resource. */
export async function decodedBody(request: ResourceRequest): Promise<DecodedObject> {
  return checkedObject(request, await bodyJson(request));
}

/**
 * An object of the right kind and place whose fields have the right types. Throws `BadRequest` otherwise. Fields that are not known are dropped;
 * `fieldValidation` says whether that is an error (`Strict`), a warning (`Warn`, the default) or nothing (`Ignore`).
 */
export function checkedObject(request: ResourceRequest, body: unknown): DecodedObject {
  const { resource } = request.served;
  if (!isJsonObject(body)) throw badRequest(`the body is no ${resource.kind}: it is no object`);
  const expected = groupVersionOf(resource);
  const { apiVersion = expected, kind = resource.kind, metadata } = body;
  if (apiVersion !== expected)
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  if (kind !== resource.kind)
    throw badRequest(`${String(kind)} in version "${expected}" cannot be handled as a ${resource.kind}`);
  const { object, unknown, mistyped } = fieldFaults(resource.kind, body);
  const place = isJsonObject(metadata) ? metadata : {};
  const cannot = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: `;
  if (mistyped[0] !== undefined) throw badRequest(cannot + mistyped[0]);
  if (resource.namespaced && place["namespace"] && place["namespace"] !== request.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (request.name && place["name"] && place["name"] !== request.name && request.method === "PUT") {
    throw badRequest(
      `the name of the object (${place["name"] as string}) does not match the name on the URL (${request.name})`,
    );
  }
  const validation = fieldValidationOf(request);
  if (validation === "Strict" && unknown.length > 0)
    throw badRequest(`${cannot}strict decoding error: ${unknown.join(", ")}`);
  return { object: { ...object, apiVersion, kind }, warnings: validation === "Warn" ? unknown : [] };
}

function fieldValidationOf({ method, query }: ResourceRequest): string {
  const value = query.get("fieldValidation") || "Warn";
  if (["Ignore", "Strict", "Warn"].includes(value)) return value;
  const why = 'supported values: "", "Ignore", "Strict", "Warn"';
  throw invalidOptions(optionsKind(method), [fault("NotSupported", "fieldValidation", { value, why })]);
}
