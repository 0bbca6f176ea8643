import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Connection, inClusterConnection } from "@virtual-kubelet/kubernetes";

/** The cluster that kubectl would talk to: by `$KUBECONFIG`, by `~/.kube/config`, or the one that this program runs in. */
export async function defaultConnection(): Promise<Connection> {
  const named = process.env["KUBECONFIG"];
  if (!named && !existsSync(join(homedir(), ".kube", "config"))) return inClusterConnection();
  const { connectionFromKubeconfig } = await import("@virtual-kubelet/kubernetes/kubeconfig");
  return connectionFromKubeconfig({});
}
