import type { Pod } from "@virtual-kubelet/kubernetes";

/**
 * The one user that all containers of a pod run as, whose the pod's tokens are to be. `undefined` when a container does not
 * say or says another.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/util.go (`FsUserFrom`)
 */
export function commonUser({ spec }: Pod): number | undefined {
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const users = containers.map(({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser);
  return new Set(users).size === 1 ? users[0] : undefined;
}

/** Whose a file is that is nobody else's business, a token say, and who may read it. */
export function ownersOnly(pod: Pod, mode: number): { readonly mode: number; readonly uid?: number } {
  const uid = commonUser(pod);
  const isOwned = uid !== undefined || pod.spec.securityContext?.fsGroup !== undefined;
  return { mode: isOwned ? 0o600 : mode, ...(uid === undefined ? {} : { uid }) };
}
