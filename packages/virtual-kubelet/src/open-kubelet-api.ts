import type { PodController } from "@virtual-kubelet/controllers";
import { KubeletApi, clusterReviews } from "@virtual-kubelet/kubelet-api";
import type { Connection, KeyPairPem, KubernetesClient } from "@virtual-kubelet/kubernetes";
import type { Logger, Provider } from "@virtual-kubelet/provider";
import { hostAddress } from "./host-address.ts";

/** The HTTPS server that the control plane calls for logs and exec. */
export interface KubeletApiSettings {
  /** Where to listen; on all addresses when absent. */
  readonly address?: string;
  /** 10250 when absent; 0 for any that is free. */
  readonly port?: number;
  /** How the control plane reaches this host; its first outward address when absent. */
  readonly hostAddress?: string;
  /** The serving certificate; one signed by itself when absent. */
  readonly certificate?: KeyPairPem;
  /** PEM. Callers need a client certificate of it; the cluster's own authority when absent. */
  readonly clientCertificateAuthority?: string;
}

export interface KubeletApiParts {
  readonly nodeName: string;
  readonly provider: Provider;
  readonly pods: PodController;
  readonly client: KubernetesClient;
  readonly connection: Connection;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Listens for the control plane. `port` is where, and 0 when the settings say not to. */
export async function openKubeletApi(
  settings: KubeletApiSettings | false,
  { client, connection, signal, ...parts }: KubeletApiParts,
): Promise<AsyncDisposable & { readonly port: number }> {
  if (settings === false) return { port: 0, [Symbol.asyncDispose]: async () => {} };
  const { hostAddress: address = hostAddress(), clientCertificateAuthority, ...listening } = settings;
  const authority = clientCertificateAuthority ?? (await connection.credentials({ refresh: false, signal })).ca;
  if (!authority) {
    throw new Error(
      "The kubelet API needs the certificate authority whose client certificates it trusts, and the connection to the cluster names none: give one (clientCertificateAuthority, or --client-ca-file of the agent), or set kubeletApi to false and do without logs and exec",
    );
  }
  const api = new KubeletApi({
    ...parts,
    ...listening,
    addresses: [address],
    clientCertificateAuthority: authority,
    reviews: clusterReviews(client),
  });
  const { port } = await api.listen({ signal });
  return { port, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}
