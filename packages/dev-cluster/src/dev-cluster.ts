import type { Connection, KeyPairPem } from "@virtual-kubelet/kubernetes";
import {
  type Identity,
  clientCertificate,
  isAnyAddress,
  newAuthority,
  servingCertificate,
} from "./access/authority.ts";
import { kubeconfigText } from "./access/kubeconfig.ts";
import { ApiServer } from "./api-server.ts";
import { ClusterControllers, type ControllerTiming } from "./controllers/cluster-controllers.ts";
import { KubeletClient } from "./kubelet/client.ts";
import { ObjectStorage } from "./storage/object-storage.ts";

/** What the cluster tells of what goes wrong inside of it. A pino logger is one. */
export interface ClusterLogger {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface DevClusterOptions {
  /** Default 0: any that is free. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly address?: string;
  readonly logger?: ClusterLogger;
  /** Changes that are kept for watches which start in the past; older ones get 410. Default 10,000. */
  readonly historyLimit?: number;
  /** Default: a new one. With the same one, kubeconfigs stay valid across restarts. */
  readonly certificateAuthority?: KeyPairPem;
  /** Shorter times for tests. */
  readonly timing?: ControllerTiming;
}

/** A cluster that runs until it is disposed of. All its state is in memory. */
export interface DevCluster extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** PEM. */
  readonly certificateAuthority: string;
  /** A kubeconfig (YAML) with a client certificate in it. Default: `admin` of `system:masters`. */
  kubeconfig(identity?: Identity): string;
  /** The same for a client in this process. */
  connection(identity?: Identity): Connection;
  /** Forgets the past: a watch from an older version gets 410. */
  compact(): void;
}

const admin: Identity = { user: "admin", groups: ["system:masters"] };
const kubeletClient: Identity = { user: "kube-apiserver-kubelet-client", groups: ["system:masters"] };

/** Starts an API server with its controllers. Rejects with the error of the system when it cannot listen on the port. */
export async function startDevCluster(options: DevClusterOptions = {}): Promise<DevCluster> {
  const { port = 0, address = "127.0.0.1", historyLimit, timing, logger } = options;
  const authority = options.certificateAuthority ?? newAuthority();
  // Versions go on from one life to the next, so that a watch from an earlier one is told to start anew.
  const firstVersion = Math.floor(Date.now() / 10);
  const storage = new ObjectStorage({ firstVersion, ...(historyLimit === undefined ? {} : { historyLimit }) });
  const log = logger ? { logger } : {};
  const kubelet = new KubeletClient({ storage, identity: clientCertificate(authority, kubeletClient) });
  const certificate = servingCertificate(authority, address);
  const server = new ApiServer({ storage, kubelet, certificate, clientAuthority: authority.certificate, ...log });
  const listening = await server.listen({ port, address });
  const times = timing ? { timing } : {};
  const controllers = new ClusterControllers({
    storage,
    certificateAuthority: authority.certificate,
    ...times,
    ...log,
  });
  const ended = new AbortController();
  const running = controllers.run({ signal: ended.signal });
  const url = `https://${hostOf(address)}:${listening.port}`;
  return {
    url,
    certificateAuthority: authority.certificate,
    kubeconfig: (identity = admin) => kubeconfigText({ server: url, authority, identity }),
    connection: (identity = admin) => connectionOf(url, authority, identity),
    compact: () => storage.compact(),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await Promise.all([running, server[Symbol.asyncDispose]()]);
    },
  };
}

function hostOf(address: string): string {
  if (isAnyAddress(address)) return "127.0.0.1";
  return address.includes(":") ? `[${address}]` : address;
}

function connectionOf(server: string, authority: KeyPairPem, identity: Identity): Connection {
  const { certificate: cert, key } = clientCertificate(authority, identity);
  const credentials = { ca: authority.certificate, cert, key };
  return { server, namespace: "default", credentials: () => credentials };
}
