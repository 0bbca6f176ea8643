import type { LabelSelector, StoredObject } from "@virtual-kubelet/kubernetes";
import { badRequest, conflict, invalid } from "../../api-error.ts";
import { bodyJson } from "../decoding.ts";
import { jsonPatch } from "../patch/json-patch.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { type ApiAnswer, type ResourceRequest, isJsonObject } from "../request.ts";
import { selectorText } from "../tables/workload-tables.ts";
import { stored } from "./read.ts";

interface Scalable extends StoredObject {
  readonly spec: { readonly replicas?: number; readonly selector: LabelSelector };
  readonly status?: { readonly replicas?: number };
}

/** GET of `scale`. */
export function readScale(request: ResourceRequest): ApiAnswer {
  return { body: scaleOf(stored(request) as Scalable) };
}

/** PUT and PATCH of `scale`: of all that it shows, `spec.replicas` alone can be changed. */
export async function writeScale(request: ResourceRequest): Promise<ApiAnswer> {
  const { resource } = request.served;
  const body = await bodyJson(request);
  const current = stored(request) as Scalable;
  const json = (request.headers["content-type"] ?? "").startsWith("application/json-patch+json");
  const scale =
    request.method === "PUT" ? body : json ? jsonPatch(scaleOf(current), body) : mergePatch(scaleOf(current), body);
  const { spec, metadata } = isJsonObject(scale) ? scale : {};
  const replicas = isJsonObject(spec) ? (spec["replicas"] ?? 0) : undefined;
  const version = isJsonObject(metadata) ? metadata["resourceVersion"] : undefined;
  if (typeof replicas !== "number" || !Number.isInteger(replicas))
    throw badRequest("a Scale needs spec.replicas, a whole number");
  if (version !== undefined && version !== "" && version !== current.metadata.resourceVersion)
    throw conflict(resource, request.name);
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid({ ...resource, kind: "Scale", group: "autoscaling" }, request.name, [
      { reason: "FieldValueInvalid", message, field: "spec.replicas" },
    ]);
  }
  const changed = request.storage.update(
    resource,
    current.metadata,
    (object) => ({ ...object, spec: { ...(object as Scalable).spec, replicas } }) as StoredObject,
  );
  return { body: scaleOf(changed as Scalable) };
}

function scaleOf({ metadata, spec, status }: Scalable): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: spec.replicas === 0 ? {} : { replicas: spec.replicas ?? 1 },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec.selector) },
  };
}
