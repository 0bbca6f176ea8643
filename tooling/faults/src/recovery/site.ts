import { type ControlPlane, startControlPlane } from "@virtual-kubelet/control-plane";
import { Belongings } from "@virtual-kubelet/integration/belongings";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import { silentLogger } from "@virtual-kubelet/provider";
import { VirtualNode } from "virtual-kubelet";
import { BackendProcess } from "../backend/backend-process.ts";
import { nodeName } from "../bench.ts";
import { until } from "../until.ts";
import { faultProvider } from "../fault-provider.ts";

export const namespace = "default";
/** As whom the node comes to the cluster. */
export const user = `system:node:${nodeName}`;

/** A real control plane, the backend, and a node between them. */
export interface Site extends AsyncDisposable {
  readonly cluster: ControlPlane;
  readonly client: KubernetesClient;
  readonly backend: BackendProcess;
  readonly node: AsyncDisposable;
}

/** `folder`: where the backend's log may be. */
export async function startSite(folder: string): Promise<Site> {
  await using belongings = new Belongings();
  const cluster = belongings.use(await startControlPlane());
  const client = belongings.use(new KubernetesClient({ connection: cluster.admin }));
  const backend = belongings.use(await BackendProcess.start({ log: `${folder}/work.log` }));
  await until(() => client.get(resources.serviceAccounts, { namespace, name: "default" }).catch(() => undefined), {
    what: "the service account",
    timeoutMs: 60_000,
  });
  const node = belongings.use(await startedNode(cluster, backend));
  const owned = belongings.move();
  return { cluster, client, backend, node, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

async function startedNode(cluster: ControlPlane, backend: BackendProcess): Promise<AsyncDisposable> {
  const ending = new AbortController();
  const node = new VirtualNode({
    name: nodeName,
    connection: cluster.connection({ commonName: user, organizations: ["system:nodes"] }),
    kubeletApi: false,
    taints: [],
    logger: silentLogger,
    provider: (context) => faultProvider({ url: backend.url }, context),
  });
  const running = node.run({ signal: ending.signal });
  await Promise.race([node.ready, running]);
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
    },
  };
}
