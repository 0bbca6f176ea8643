import type { ObjectMeta, Service, StoredObject } from "@virtual-kubelet/kubernetes";
import { isDeepStrictEqual } from "node:util";
import { forbidden } from "../../api-error.ts";
import type { ResourceRequest } from "../request.ts";

/** Kinds whose status belongs to an endpoint of its own. */
interface WithStatus extends StoredObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** What an update through this endpoint makes of `current`: the main one leaves the status alone, `status` the rest but annotations. */
export function updatedPart(request: ResourceRequest, object: StoredObject, current: StoredObject): StoredObject {
  const { subresource, served } = request;
  const { status: newStatus, ...rest } = object as WithStatus;
  const { status: oldStatus, ...kept } = current as WithStatus;
  if (subresource === "status") {
    refuseLabelsOfKubelet(request, object, current);
    return {
      ...kept,
      metadata: statusMetadata(served.resource.kind, object.metadata, current.metadata),
      status: newStatus,
    } as unknown as StoredObject;
  }
  if (subresource === "finalize") {
    return { ...current, spec: (object as WithStatus).spec } as unknown as StoredObject;
  }
  const ownStatus = served.subresources.some((one) => one.name === "status");
  const status = ownStatus ? oldStatus : newStatus;
  return {
    ...rest,
    // Only `finalize` lets go of what is in a namespace (namespace strategy, `PrepareForUpdate`).
    ...(served.resource.kind === "Namespace" ? { spec: kept.spec } : {}),
    ...(served.resource.kind === "Service" ? { spec: withAddress(rest as Service, kept as Service) } : {}),
    metadata: { ...object.metadata, ...identityOf(current) },
    ...(status === undefined ? {} : { status }),
  };
}

/** A PUT may leave out the address that the service was given (service strategy, `patchAllocatedValues`). */
function withAddress({ spec }: Partial<Service>, { spec: { clusterIP, clusterIPs } }: Service): Service["spec"] {
  if (!clusterIP || spec?.clusterIP || spec?.type === "ExternalName") return spec ?? {};
  return { ...spec, clusterIP, ...(clusterIPs ? { clusterIPs } : {}) };
}

/** A PUT may leave out what the path and the server say. */
function identityOf({ metadata }: StoredObject): Pick<ObjectMeta, "name" | "namespace" | "uid"> {
  return {
    name: metadata.name,
    uid: metadata.uid,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
}

function statusMetadata(
  kind: string,
  changed: ObjectMeta,
  current: StoredObject["metadata"],
): StoredObject["metadata"] {
  const {
    annotations: _annotations,
    labels: _labels,
    finalizers: _finalizers,
    managedFields: _fields,
    ...fixed
  } = current;
  const owned = (field: keyof ObjectMeta, from: ObjectMeta): object =>
    from[field] === undefined ? {} : { [field]: from[field] };
  return {
    ...fixed,
    ...owned("annotations", changed),
    ...owned("finalizers", kind === "Pod" ? changed : current),
    ...owned("labels", kind === "Node" || kind === "Pod" ? changed : current),
    ...owned("managedFields", changed),
  };
}

/** The admission plugin NodeRestriction: a kubelet changes no label of a pod. */
function refuseLabelsOfKubelet(
  { user, served, name }: ResourceRequest,
  object: StoredObject,
  current: StoredObject,
): void {
  if (served.resource.kind !== "Pod" || !user.groups.includes("system:nodes")) return;
  if (isDeepStrictEqual(object.metadata.labels ?? {}, current.metadata.labels ?? {})) return;
  throw forbidden(
    served.resource,
    name,
    `node "${user.name.replace("system:node:", "")}" cannot update labels through pod status`,
  );
}
