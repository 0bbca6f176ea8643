import type { StoredObject } from "@virtual-kubelet/kubernetes";
import { notFound } from "../../api-error.ts";
import type { ApiAnswer, ResourceRequest } from "../request.ts";
import { answerWith } from "../representation.ts";

/** GET of an object, also of its status. */
export function read(request: ResourceRequest): ApiAnswer {
  return answerWith(request, stored(request));
}

/** The object that the path names. Throws `NotFound`. */
export function stored(request: ResourceRequest): StoredObject {
  const { storage, served, namespace, name } = request;
  const object = storage.get(served.resource, { name, ...(namespace === undefined ? {} : { namespace }) });
  if (!object) throw notFound(served.resource, name);
  return object;
}
