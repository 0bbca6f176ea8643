import type { StoredObject } from "@virtual-kubelet/kubernetes";
import { ApiError } from "../../api-error.ts";
import { admitted } from "../admission.ts";
import { type ApiAnswer, type JsonObject, type ResourceRequest, isJsonObject } from "../request.ts";
import { decodedBody } from "../decoding.ts";
import { answerWith } from "../representation.ts";
import { withDefaults } from "../defaults/with-defaults.ts";
import { validateCreation } from "../validation/validate-object.ts";

/** POST of a new object. */
export async function create(request: ResourceRequest): Promise<ApiAnswer> {
  const { object, warnings } = await decodedBody(request);
  return { ...answerWith(request, createdFrom(request, object), 201), warnings };
}

/** Stores a new object: without what only the server writes, admitted and valid. */
export function createdFrom(request: ResourceRequest, object: JsonObject): StoredObject {
  const { resource } = request.served;
  const { status, ...rest } = object;
  const {
    uid: _uid,
    resourceVersion,
    creationTimestamp: _time,
    deletionTimestamp: _deleted,
    generation: _generation,
    selfLink: _link,
    ...metadata
  } = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  if (resourceVersion) throw new ApiError("", "resourceVersion should not be set on objects to be created");
  const placed = resource.namespaced ? { ...metadata, namespace: request.namespace } : metadata;
  // Kubelets register their node with its status; any other status is made by the server.
  const draft = {
    ...rest,
    ...(resource.kind === "Node" && status ? { status } : {}),
    metadata: placed,
  } as unknown as StoredObject;
  const wanted = admitted(request, withDefaults(resource, draft));
  validateCreation(resource, wanted);
  return request.storage.create(resource, wanted);
}
