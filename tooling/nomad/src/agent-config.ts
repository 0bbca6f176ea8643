import { join } from "node:path";

/** What the processes that Nomad starts for itself carry in their environment, and its tasks do not: the server's folder. */
export const markVariable = "VIRTUAL_KUBELET_NOMAD";

export interface AgentPlace {
  /** Everything that this server and its tasks have. */
  readonly folder: string;
  readonly ports: Readonly<Record<"http" | "rpc" | "serf", number>>;
  /** Of the host's ports that its tasks are given. */
  readonly taskPorts: readonly [first: number, last: number];
  /** What the `exec` driver puts into the root directory of a task: host path → path there. */
  readonly root: Readonly<Record<string, string>>;
  readonly acl: boolean;
  /** What the node says it has instead of what the host has. */
  readonly capacity?: { readonly cpuMhz?: number; readonly memoryMb?: number };
}

/** Reads nothing from outside: they would ask for minutes where there is no network. */
const noFingerprints = ["env_aws", "env_azure", "env_digitalocean", "env_gce", "consul", "vault"];

/** The configuration of one agent that is server and client, and finds everything again after a restart. */
export function agentConfig({ folder, ports, taskPorts, root, acl, capacity = {} }: AgentPlace): object {
  const address = "127.0.0.1";
  return {
    name: "test",
    data_dir: join(folder, "data"),
    bind_addr: address,
    ports,
    advertise: Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `${address}:${port}`])),
    disable_update_check: true,
    acl: { enabled: acl },
    // There is none, and it would be looked for without end.
    consul: { auto_advertise: false, server_auto_join: false, client_auto_join: false },
    server: { enabled: true, bootstrap_expect: 1, raft_multiplier: 1 },
    client: {
      enabled: true,
      network_interface: "lo",
      min_dynamic_port: taskPorts[0],
      max_dynamic_port: taskPorts[1],
      ...(capacity.cpuMhz === undefined ? {} : { cpu_total_compute: capacity.cpuMhz }),
      ...(capacity.memoryMb === undefined ? {} : { memory_total_mb: capacity.memoryMb }),
      chroot_env: root,
      options: {
        "fingerprint.denylist": noFingerprints.join(","),
        "env.denylist": markVariable,
      },
    },
    plugin: { raw_exec: { config: { enabled: true } } },
  };
}
