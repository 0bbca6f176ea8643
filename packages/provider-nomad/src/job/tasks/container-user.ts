import type { Container, Pod } from "@virtual-kubelet/kubernetes";

/** Whom a container asks to run as. */
export interface ContainerUser {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** `undefined`: it does not say. */
export function userOf({ spec }: Pod, { securityContext }: Container): ContainerUser | undefined {
  const uid = securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  const gid = securityContext?.runAsGroup ?? spec.securityContext?.runAsGroup;
  return uid === undefined && gid === undefined ? undefined : { uid, gid };
}

/** As a task has it: `1000:3000`. */
export function userText(user: ContainerUser | undefined): string | undefined {
  if (user?.uid === undefined) return undefined;
  return user.gid === undefined ? String(user.uid) : `${user.uid}:${user.gid}`;
}
