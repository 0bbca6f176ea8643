import type { Container } from "@virtual-kubelet/kubernetes";

/**
 * What containers may have unless they say otherwise.
 *
 * @see https://github.com/containerd/containerd/blob/main/pkg/oci/spec.go (`defaultUnixCaps`)
 */
const byDefault = [
  "chown",
  "dac_override",
  "fsetid",
  "fowner",
  "mknod",
  "net_raw",
  "setgid",
  "setuid",
  "setfcap",
  "setpcap",
  "net_bind_service",
  "sys_chroot",
  "kill",
  "audit_write",
] as const;

/** What a container may have at most; `undefined`: all, because it is privileged or is given all. */
export function capabilitiesOf({
  privileged,
  capabilities,
}: NonNullable<Container["securityContext"]>): readonly string[] | undefined {
  const add = (capabilities?.add ?? []).map((name) => plain(name));
  const drop = new Set((capabilities?.drop ?? []).map((name) => plain(name)));
  if (privileged || add.includes("all")) return undefined;
  const kept = drop.has("all") ? [] : byDefault.filter((name) => !drop.has(name));
  return [...new Set<string>([...kept, ...add])].toSorted();
}

function plain(name: string): string {
  return name.toLowerCase().replace(/^cap_/, "");
}
