import type { Container, ObjectMeta, Pod, Service, StoredObject } from "@virtual-kubelet/kubernetes";
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
  if (subresource === "ephemeralcontainers") return withEphemeralContainers(object as Pod, current as Pod);
  if (subresource === "resize") return withResources(object as Pod, current as Pod);
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

/** Of all that is sent, only these containers count (pod strategy, `dropNonEphemeralContainerUpdates`). */
function withEphemeralContainers({ spec }: Pod, current: Pod): Pod {
  const { ephemeralContainers: _before, ...kept } = current.spec;
  const wanted = spec?.ephemeralContainers ?? [];
  return { ...current, spec: { ...kept, ...(wanted.length > 0 ? { ephemeralContainers: wanted } : {}) } };
}

/** Only what containers ask for, by their names (pod strategy, `dropNonResizeUpdates`). */
function withResources({ spec }: Pod, current: Pod): Pod {
  const resized = (containers: readonly Container[], wanted: readonly Container[] = []): readonly Container[] =>
    containers.map((one) => {
      const { resources: _before, resizePolicy: _policy, ...kept } = one;
      const other = wanted.find(({ name }) => name === one.name);
      if (!other) return one;
      return {
        ...kept,
        ...(other.resources ? { resources: other.resources } : {}),
        ...(other.resizePolicy ? { resizePolicy: other.resizePolicy } : {}),
      };
    });
  const { containers, initContainers } = current.spec;
  return {
    ...current,
    spec: {
      ...current.spec,
      containers: resized(containers, spec?.containers),
      ...(initContainers ? { initContainers: resized(initContainers, spec?.initContainers) } : {}),
    },
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
