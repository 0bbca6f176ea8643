import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import type { Connection } from "@virtual-kubelet/kubernetes";

/** A cluster for a node to be in. */
export interface TrialCluster extends AsyncDisposable {
  /** Of an administrator, by a client certificate. */
  readonly admin: Connection;
  /** The same for kubectl: the path of a kubeconfig. */
  readonly kubeconfig: string;
  /** The path of a kubeconfig with which a program is that node. */
  nodeKubeconfig(nodeName: string): string;
}

/** The embedded cluster, in this process. */
export async function embeddedTrialCluster(folder: string): Promise<TrialCluster> {
  const cluster = await startDevCluster();
  const write = (name: string, text: string): string => {
    const path = join(folder, `${name}.kubeconfig`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    admin: cluster.connection(),
    kubeconfig: write("admin", cluster.kubeconfig()),
    nodeKubeconfig: (nodeName) =>
      write(nodeName, cluster.kubeconfig({ user: `system:node:${nodeName}`, groups: ["system:nodes"] })),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
