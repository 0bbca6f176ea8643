import type { ContainerStatus, Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import type { ContainerRef } from "@virtual-kubelet/provider";
import { HttpError } from "../error-response.ts";
import type { PodSource } from "../pod-source.ts";
import { quoted } from "../printable.ts";

/** A container that the cluster has given to this node. Its names are those of the pod's object, not the request's. */
export interface FoundContainer {
  readonly pod: Pod;
  readonly ref: ContainerRef;
}

/**
 * Finds the container that the `{namespace}`, `{pod}`, `{container}` and perhaps `{uid}` of a path name.
 *
 * @throws {HttpError} 404, in kubelet's words, when the pod or the container is not this node's.
 */
export function findContainer(pods: PodSource, parameters: Readonly<Record<string, string>>): FoundContainer {
  const { namespace = "", pod: name = "", container = "", uid } = parameters;
  const pod = pods.find(uid === undefined ? { namespace, name } : { namespace, name, uid });
  if (!pod) throw new HttpError(404, `pod ${quoted(name)} does not exist`);
  if (!containerNames(pod).has(container)) {
    throw new HttpError(404, `container ${quoted(container)} not found in pod ${quoted(name)}`);
  }
  const { metadata } = pod;
  return {
    pod,
    ref: { pod: { namespace: metadata.namespace, name: metadata.name, uid: metadata.uid }, container },
  };
}

function containerNames({ spec }: Pod): ReadonlySet<string> {
  const all = [spec.containers, spec.initContainers, spec.ephemeralContainers];
  return new Set(all.flatMap((list) => list ?? []).map(({ name }) => name));
}

/** A container's status, whichever of the three lists it is in. */
export function containerStatus(status: PodStatus | undefined, container: string): ContainerStatus | undefined {
  const all = [status?.containerStatuses, status?.initContainerStatuses, status?.ephemeralContainerStatuses];
  return all.flatMap((list) => list ?? []).find(({ name }) => name === container);
}
