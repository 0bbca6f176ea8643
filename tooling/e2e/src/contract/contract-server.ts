import { startControlPlane } from "@virtual-kubelet/control-plane";
import { startDevCluster } from "@virtual-kubelet/dev-cluster";
import type { Connection } from "@virtual-kubelet/kubernetes";
import { RawClient } from "./client.ts";
import { first, post, until } from "./request/requests.ts";

/** One of the two servers that are compared, freshly started. */
export interface ContractServer extends AsyncDisposable {
  readonly client: RawClient;
  /** It forgets all versions but the newest. */
  forget(): Promise<void>;
}

/** Those that the embedded cluster has too: others would write into objects that are compared. */
const controllers = [
  "namespace-controller",
  "serviceaccount-controller",
  "root-ca-certificate-publisher-controller",
  "garbage-collector-controller",
  "deployment-controller",
  "replicaset-controller",
  "job-controller",
];

export async function embeddedServer(): Promise<ContractServer> {
  const cluster = await startDevCluster();
  return contractServer(cluster, { connection: cluster.connection(), forget: async () => cluster.compact() });
}

export async function realServer(version: string): Promise<ContractServer> {
  const flags = { "kube-controller-manager": { controllers: controllers.join() } };
  const cluster = await startControlPlane({ version, flags });
  // It would say of each pod that no node will have it, some time.
  await cluster.scheduler.stop();
  const forget = async (): Promise<void> => {
    await cluster.compactEtcd();
    // What the API server remembers by itself it forgets only when it ends.
    await cluster.apiServer.kill();
    await cluster.apiServer.start();
  };
  return contractServer(cluster, { connection: cluster.admin, forget });
}

/** Creates a namespace, and resolves once pods may be created in it. */
export async function openNamespace({ client }: ContractServer, name: string): Promise<void> {
  await client.ask(first(post("/api/v1/namespaces", { metadata: { name } })));
  await client.ask(until(`/api/v1/namespaces/${name}/serviceaccounts/default`, 200));
  await client.ask(until(`/api/v1/namespaces/${name}/configmaps/kube-root-ca.crt`, 200));
}

interface ServerOptions {
  readonly connection: Connection;
  readonly forget: () => Promise<void>;
}

async function contractServer(cluster: AsyncDisposable, options: ServerOptions): Promise<ContractServer> {
  const client = await RawClient.of(options.connection);
  return {
    client,
    forget: options.forget,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}
