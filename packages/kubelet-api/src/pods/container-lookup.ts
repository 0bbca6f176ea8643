import type { ContainerStatus, Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import type { ContainerRef, PodRef } from "@virtual-kubelet/provider";
import { HttpError } from "../error-response.ts";
import type { PodSource } from "../pod-source.ts";
import { quoted } from "../printable.ts";

/** A container that the cluster has given to this node. Its names are those of the pod's object, not the request's. */
export interface FoundContainer {
  readonly pod: Pod;
  readonly ref: ContainerRef;
}

/** A pod that the cluster has given to this node. */
export interface FoundPod {
  readonly pod: Pod;
  readonly ref: PodRef;
}

/**
 * Finds the pod that the `{namespace}`, `{pod}` and perhaps `{uid}` of a path name.
 *
 * @throws {HttpError} 404, in kubelet's words, when the pod is not this node's.
 */
export function findPod(pods: PodSource, parameters: Readonly<Record<string, string>>): FoundPod {
  const { namespace = "", pod: name = "", uid } = parameters;
  const pod = pods.find(uid === undefined ? { namespace, name } : { namespace, name, uid });
  if (!pod) throw new HttpError(404, `pod ${quoted(name)} does not exist`);
  const { metadata } = pod;
  return { pod, ref: { namespace: metadata.namespace, name: metadata.name, uid: metadata.uid } };
}

/**
 * Finds the container that the `{namespace}`, `{pod}`, `{container}` and perhaps `{uid}` of a path name.
 *
 * @throws {HttpError} 404, in kubelet's words, when the pod or the container is not this node's.
 */
export function findContainer(pods: PodSource, parameters: Readonly<Record<string, string>>): FoundContainer {
  const { pod, ref } = findPod(pods, parameters);
  const { container = "" } = parameters;
  if (!containerNames(pod).has(container)) {
    throw new HttpError(404, `container ${quoted(container)} not found in pod ${quoted(ref.name)}`);
  }
  return { pod, ref: { pod: ref, container } };
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

/** What a container was given when it started: a terminal, and an input that stays open. */
export function containerInput({ spec }: Pod, container: string): { readonly tty: boolean; readonly stdin: boolean } {
  const all = [spec.containers, spec.initContainers, spec.ephemeralContainers];
  const found = all.flatMap((list) => list ?? []).find(({ name }) => name === container);
  return { tty: found?.tty === true, stdin: found?.stdin === true };
}
