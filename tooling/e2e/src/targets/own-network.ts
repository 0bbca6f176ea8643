import { spawnSync } from "node:child_process";

/** An address of nobody else (RFC 5737): the only one, beside loopback, in the network of a run. */
const address = "198.51.100.1";
const variable = "VIRTUAL_KUBELET_E2E_ADDRESS";

/** The ordinary address of this process's own network, if it runs in one. */
export function ordinaryAddress(): string | undefined {
  return process.env[variable];
}

/** The environment for a command inside of the network that `inOwnNetwork` makes. */
export const networkEnvironment: Readonly<Record<string, string>> = { [variable]: address };

/**
 * A command line that runs a command in a network of its own, in which there is nothing but loopback and one ordinary address: an
 * API server refuses to proxy to loopback, and nobody outside can reach what listens inside. `undefined` where the
 * system has no such thing, or does not allow it.
 */
export function inOwnNetwork(command: readonly string[]): string[] | undefined {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const script = `ip link set lo up && ip address add ${address}/32 dev lo && exec "$@"`;
  const wrapped = (inner: readonly string[]): string[] => [
    "unshare",
    "--net",
    ...user,
    "sh",
    "-c",
    script,
    "sh",
    ...inner,
  ];
  const [program = "", ...args] = wrapped(["true"]);
  return spawnSync(program, args, { stdio: "ignore" }).status === 0 ? wrapped(command) : undefined;
}
