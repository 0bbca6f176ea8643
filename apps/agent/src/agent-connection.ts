import { type Connection, NodeConnection } from "@virtual-kubelet/kubernetes";
import type { Logger } from "@virtual-kubelet/provider";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Config } from "./config/config-schema.ts";
import { UsageError } from "./usage-error.ts";

/** The connection that a kubeconfig of the settings describes, if they name one. Throws a `UsageError` when it cannot be used. */
export async function connectionOf(config: Config): Promise<Connection | undefined> {
  const { kubeconfig, bootstrapKubeconfig, certDir, rotateServerCertificates } = config;
  if (kubeconfig !== undefined && bootstrapKubeconfig !== undefined)
    throw new UsageError(
      "--kubeconfig and --bootstrap-kubeconfig are two ways to reach the cluster: keep one of them.",
    );
  if (certDir !== undefined && bootstrapKubeconfig === undefined && !rotateServerCertificates)
    throw new UsageError(
      "--cert-dir is where the certificates are kept that --bootstrap-kubeconfig and --rotate-server-certificates get: give one of these too.",
    );
  const path = kubeconfig ?? bootstrapKubeconfig;
  return path === undefined ? undefined : readKubeconfig(path);
}

async function readKubeconfig(path: string): Promise<Connection> {
  const { connectionFromKubeconfig } = await import("@virtual-kubelet/kubernetes/kubeconfig");
  try {
    return await connectionFromKubeconfig({ path });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageError(problem.includes(path) ? problem : `Cannot use the kubeconfig ${path}: ${problem}`, {
      cause: error,
    });
  }
}

export interface IdentityCall {
  readonly nodeName: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The node's own identity, where the settings say to bootstrap one; it may have to be waited for. */
export async function nodeIdentity(
  config: Config,
  { connection: bootstrap, ...call }: IdentityCall & { readonly connection: Connection | undefined },
): Promise<NodeConnection | undefined> {
  if (config.bootstrapKubeconfig === undefined || !bootstrap) return undefined;
  return NodeConnection.open({ ...call, bootstrap, folder: certDirOf(config) });
}

/** Where the node's certificates are kept: if not said, where a user's programs keep what they may not lose. */
export function certDirOf({ certDir }: Config): string {
  if (certDir !== undefined) return certDir;
  const state = process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state");
  return join(state, "virtual-kubelet", "pki");
}
