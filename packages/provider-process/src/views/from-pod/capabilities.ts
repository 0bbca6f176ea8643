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

/** Those that containers have only when they are given them. */
const further = [
  "dac_read_search",
  "linux_immutable",
  "net_broadcast",
  "net_admin",
  "ipc_lock",
  "ipc_owner",
  "sys_module",
  "sys_rawio",
  "sys_ptrace",
  "sys_pacct",
  "sys_admin",
  "sys_boot",
  "sys_nice",
  "sys_resource",
  "sys_time",
  "sys_tty_config",
  "lease",
  "audit_control",
  "mac_override",
  "mac_admin",
  "syslog",
  "wake_alarm",
  "block_suspend",
  "audit_read",
  "perfmon",
  "bpf",
  "checkpoint_restore",
] as const;

/**
 * What a container may have at most; `undefined`: all, because it is privileged or is given all. What is both given and taken is
 * taken.
 *
 * @see https://github.com/containerd/containerd/blob/main/internal/cri/opts/spec_linux_opts.go (`WithCapabilities`)
 */
export function capabilitiesOf({
  privileged,
  capabilities,
}: NonNullable<Container["securityContext"]>): readonly string[] | undefined {
  const add = (capabilities?.add ?? []).map((name) => plain(name));
  const drop = new Set((capabilities?.drop ?? []).map((name) => plain(name)));
  const hasAll = add.includes("all") && !drop.has("all");
  if (privileged || (hasAll && drop.size === 0)) return undefined;
  const given = drop.has("all") ? [] : hasAll ? [...byDefault, ...further] : byDefault;
  const kept = [...given, ...add].filter((name) => name !== "all" && !drop.has(name));
  return [...new Set<string>(kept)].toSorted();
}

function plain(name: string): string {
  return name.toLowerCase().replace(/^cap_/, "");
}
