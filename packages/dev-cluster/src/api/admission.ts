import { type Node, type Service, type StoredObject, resources } from "@virtual-kubelet/kubernetes";
import { ApiError, forbidden, notFound } from "../api-error.ts";
import type { ResourceRequest } from "./request.ts";

/** What is decided about a new object by looking at others: its namespace must live, a service gets an address, a node waits until it is ready. Throws `Forbidden` or `NotFound`. */
export function admitted(request: ResourceRequest, object: StoredObject): StoredObject {
  const { resource } = request.served;
  if (resource.namespaced) checkNamespace(request, object);
  if (resource.kind === "Node") return notReadyYet(object as Node);
  return resource.kind === "Service" ? withClusterIp(request, object as Service) : object;
}

/** No pod comes to a node before it is ready (admission plugin `TaintNodesByCondition`). */
function notReadyYet(node: Node): Node {
  const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  const { taints = [] } = node.spec;
  const tainted = taints.some(({ key, effect }) => key === taint.key && effect === taint.effect);
  return tainted ? node : { ...node, spec: { ...node.spec, taints: [...taints, taint] } };
}

function checkNamespace(request: ResourceRequest, object: StoredObject): void {
  const name = request.namespace ?? "";
  const namespace = request.storage.get(resources.namespaces, { name });
  if (!namespace) throw notFound(resources.namespaces, name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const error = forbidden(
    request.served.resource,
    object.metadata.name ?? "",
    `unable to create new content in namespace ${name} because it is being terminated`,
  );
  const causes = [
    { reason: "NamespaceTerminating", message: `namespace ${name} is being terminated`, field: "metadata.namespace" },
  ];
  throw new ApiError("Forbidden", error.message, { ...error.details, causes });
}

/** Addresses of 10.96.0.0/16; the first is that of `default/kubernetes`. */
function withClusterIp(request: ResourceRequest, service: Service): Service {
  const { spec } = service;
  if (!spec || spec.clusterIP || spec.type === "ExternalName") return service;
  const taken = new Set(request.storage.list(resources.services).map((one) => one.spec.clusterIP));
  let number = 1;
  while (taken.has(clusterIp(number))) number += 1;
  const address = clusterIp(number);
  return { ...service, spec: { ...spec, clusterIP: address, clusterIPs: [address] } };
}

function clusterIp(number: number): string {
  return `10.96.${number >> 8}.${number & 255}`;
}
