import { X509Certificate } from "node:crypto";
import type { ClusterDns, NodeController, PodController } from "@virtual-kubelet/controllers";
import { KubeletApi, type KubeletApiOptions, clusterReviews } from "@virtual-kubelet/kubelet-api";
import {
  type Connection,
  type KeyPairPem,
  type KubernetesClient,
  clusterClientAuthority,
  connectionAuthority,
  servingCertificates,
} from "@virtual-kubelet/kubernetes";
import type { Logger, Provider } from "@virtual-kubelet/provider";
import { hostAddress } from "./host-address.ts";
import { shownConfiguration } from "./shown-configuration.ts";

/** The HTTPS server that the control plane calls for logs and exec. */
export interface KubeletApiSettings extends Pick<
  KubeletApiOptions,
  | "commandVerb"
  | "tokenTtlMs"
  | "allowedTtlMs"
  | "deniedTtlMs"
  | "idleTimeoutMs"
  | "streamCreationTimeoutMs"
  | "logDirectory"
> {
  /** Where to listen; on all addresses when absent. */
  readonly address?: string;
  /** 10250 when absent; 0 for any that is free. */
  readonly port?: number;
  /** How the control plane reaches this host; its first outward address when absent. */
  readonly hostAddress?: string;
  /** The serving certificate, or the present one and each that replaces it; one signed by itself when absent. */
  readonly certificate?: KeyPairPem | AsyncIterable<KeyPairPem>;
  /**
   * Instead: the cluster is asked for serving certificates, which are kept in this folder and renewed. The connection must be the
   * node's own identity. Until somebody has approved the first, the node serves by one signed by itself.
   */
  readonly servingCertificateFolder?: string;
  /**
   * PEM. Whose client certificates prove who a caller is, or the present ones and each text that replaces them; the authority of the
   * connection when absent.
   */
  readonly clientCertificateAuthority?: string | AsyncIterable<string>;
  /** Instead: those that the API server takes itself, as ConfigMap kube-system/extension-apiserver-authentication has them. */
  readonly clientAuthorityFromCluster?: boolean;
  /**
   * Whether the node declares the feature `ExtendWebSocketsToKubelet`, by which API servers from 1.36 on pass the WebSockets of their
   * clients through instead of translating them to SPDY. `true` when absent.
   */
  readonly extendWebSockets?: boolean;
}

export interface KubeletApiParts {
  readonly nodeName: string;
  readonly provider: Provider;
  readonly version: string;
  readonly pods: PodController;
  /** The node's controller, once there is one. */
  readonly node: () => NodeController | undefined;
  readonly client: KubernetesClient;
  readonly connection: Connection;
  readonly clusterDns?: ClusterDns | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Listens for the control plane, and counts what the agent does from now on. `port` is where, and 0 when the settings say not to. */
export async function openKubeletApi(
  settings: KubeletApiSettings | false,
  parts: KubeletApiParts,
): Promise<AsyncDisposable & { readonly port: number }> {
  if (settings === false) return { port: 0, [Symbol.asyncDispose]: async () => {} };
  const { nodeName, version, provider, pods, client, logger, signal } = parts;
  const { hostAddress: address = hostAddress(), servingCertificateFolder: folder, ...listening } = settings;
  const { clientCertificateAuthority = await clientAuthority(settings, parts) } = settings;
  const requested = folder === undefined ? undefined : await requestedCertificates(parts, { folder, address });
  // Loaded here, so that those who do without are spared it.
  const { AgentMetrics, nodeMetrics } = await import("@virtual-kubelet/metrics");
  const agent = new AgentMetrics({ nodeName, version });
  let hasSynced = false;
  void pods.synced.then(() => (hasSynced = true));
  const api = new KubeletApi({
    ...listening,
    ...(requested ? { certificate: requested } : {}),
    nodeName,
    provider,
    pods,
    logger,
    addresses: [address],
    clientCertificateAuthority,
    reviews: clusterReviews(client),
    metrics: nodeMetrics({ nodeName, agent, pods: () => pods.pods(), node: () => parts.node()?.node }),
    configuration: shownConfiguration(settings, parts.clusterDns),
    syncLoopProblem: () => (hasSynced ? undefined : "the pods of this node are not known yet"),
  });
  const end = async (): Promise<void> => {
    await api[Symbol.asyncDispose]();
    agent[Symbol.dispose]();
  };
  try {
    const { port } = await api.listen({ signal });
    return { port, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function clientAuthority(settings: KubeletApiSettings, parts: KubeletApiParts): Promise<AsyncIterable<string>> {
  if (settings.clientAuthorityFromCluster) return clusterClientAuthority(parts);
  const { ca } = await parts.connection.credentials({ refresh: false, signal: parts.signal });
  if (ca !== undefined) return connectionAuthority(parts);
  throw new Error(
    "The kubelet API needs the certificate authority whose client certificates it trusts, and the connection to the cluster names none: give one (clientCertificateAuthority, or --client-ca-file of the agent), or set kubeletApi to false and do without logs and exec",
  );
}

async function requestedCertificates(
  { connection, nodeName, logger, signal }: KubeletApiParts,
  { folder, address }: { readonly folder: string; readonly address: string },
): Promise<AsyncIterable<KeyPairPem>> {
  const { cert } = await connection.credentials({ refresh: false, signal });
  const user = `system:node:${nodeName}`;
  const subject = cert === undefined ? {} : new X509Certificate(cert).toLegacyObject().subject;
  if ((subject as { readonly CN?: string }).CN !== user) {
    throw new Error(
      `The cluster gives serving certificates to nodes only, and the node is not known to it as ${user}: give it an identity of its own (NodeConnection, or --bootstrap-kubeconfig of the agent), or its serving certificate in a file`,
    );
  }
  return servingCertificates({ nodeName, connection, addresses: [address], folder, logger, signal });
}
