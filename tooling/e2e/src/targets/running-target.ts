import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AuditEvent, startControlPlane, startMetricsServer } from "@virtual-kubelet/control-plane";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import type { Target } from "./target.ts";

/** A target that runs until it is disposed of. */
export interface RunningTarget extends AsyncDisposable {
  /** Of an administrator. */
  readonly kubeconfig: string;
  /** A kubeconfig with which an agent is that node: its path. */
  nodeKubeconfig(nodeName: string): string;
  /** Everything that the API server was asked so far, where it keeps account of it. */
  requests(): Promise<readonly AuditEvent[]>;
}

export interface StartTargetOptions {
  /** Where the API server listens. */
  readonly address: string;
  /** For files that end with the target's owner. */
  readonly folder: string;
}

/** How soon the cluster notices that a node is silent. Its lease comes every ten seconds. */
const graceSeconds = 24;

export function startTarget(target: Target, options: StartTargetOptions): Promise<RunningTarget> {
  return target.release === undefined ? startEmbedded(options) : startReal(target.release, options);
}

async function startReal(version: string, { address }: StartTargetOptions): Promise<RunningTarget> {
  await using belongings = new Belongings();
  const cluster = belongings.use(
    await startControlPlane({
      version,
      address,
      flags: {
        "kube-controller-manager": {
          "node-monitor-period": "1s",
          "node-monitor-grace-period": `${graceSeconds}s`,
          "horizontal-pod-autoscaler-sync-period": "2s",
        },
      },
    }),
  );
  // An API server calls nobody on loopback.
  if (!address.startsWith("127.")) belongings.use(await startMetricsServer(cluster, { address }));
  const owned = belongings.move();
  return {
    kubeconfig: cluster.kubeconfig,
    nodeKubeconfig: (nodeName) => {
      const identity = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] };
      return cluster.kubeconfigOf(nodeName, { clientCertificate: cluster.issueClientCertificate(identity) });
    },
    requests: () => cluster.auditEvents(),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

async function startEmbedded({ address, folder }: StartTargetOptions): Promise<RunningTarget> {
  const cluster = await startDevCluster({ address, timing: { nodeGraceMs: graceSeconds * 1000 } });
  const write = (name: string, text: string): string => {
    const path = join(folder, `${name}.kubeconfig`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    kubeconfig: write("admin", cluster.kubeconfig()),
    nodeKubeconfig: (nodeName) =>
      write(nodeName, cluster.kubeconfig({ user: `system:node:${nodeName}`, groups: ["system:nodes"] })),
    requests: async () => [],
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
