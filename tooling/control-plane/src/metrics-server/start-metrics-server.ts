import { setTimeout as delay } from "node:timers/promises";
import { KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { kubeconfigText } from "../cluster/kubeconfig.ts";
import { binaries } from "../programs/binaries.ts";
import { MetricsServer } from "./metrics-server.ts";
import { apiService, metricsServerObjects, name, namespace, type SentObject } from "./metrics-server-objects.ts";

export interface MetricsServerOptions {
  /** Where it listens: an ordinary address of this host, as an API server calls no other. */
  readonly address: string;
  /**
   * Whose signature it wants on the certificates of nodes: the path of a PEM file, such as the cluster's `authoritiesFile`.
   * Absent: it takes any certificate.
   */
  readonly kubeletAuthorityFile?: string;
  /** Told how far a build is, when it was never built before. */
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const tokenSeconds = 24 * 60 * 60;
const patienceMs = 60_000;

/**
 * Starts metrics-server beside a control plane, and resolves when the API server passes requests on to it. It has no numbers
 * of a node before it has looked at that twice, ten seconds apart.
 */
export async function startMetricsServer(cluster: ControlPlane, options: MetricsServerOptions): Promise<MetricsServer> {
  const { address, kubeletAuthorityFile, say, signal = new AbortController().signal } = options;
  if (address.startsWith("127."))
    throw new Error(`metrics-server cannot listen on ${address}: an API server does not call loopback`);
  const { "metrics-server": program } = await binaries(cluster.release, {
    programs: ["metrics-server"],
    ...(say ? { say } : {}),
    signal,
  });
  await using admin = new KubernetesClient({ connection: cluster.admin });
  const server = await MetricsServer.create({ program, address, kubeletAuthorityFile });
  try {
    for (const object of metricsServerObjects(server.place)) await create(admin, object);
    await server.writeKubeconfig(await kubeconfigOf(cluster, admin));
    await server.component.start({ signal });
    await create(admin, apiService(server.place));
    await untilServed(admin, signal);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function create(admin: KubernetesClient, { path, body }: SentObject): Promise<void> {
  await admin.request({ method: "POST", path, body });
}

/** It is its ServiceAccount, by a token, as it would be in a pod. */
async function kubeconfigOf({ server, authoritiesFile }: ControlPlane, admin: KubernetesClient): Promise<string> {
  const { status } = await admin.createSubresource<{ readonly status: { readonly token: string } }>(
    resources.serviceAccounts,
    { namespace, name, subresource: "token" },
    {
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: tokenSeconds },
      },
    },
  );
  const cluster = { server, "certificate-authority": authoritiesFile };
  return kubeconfigText({ cluster, user: { token: status.token } });
}

async function untilServed(admin: KubernetesClient, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const path = "/apis/metrics.k8s.io/v1beta1/nodes";
  for (;;) {
    try {
      await admin.request({ method: "GET", path, signal: limit });
      return;
    } catch (error) {
      if (limit.aborted) throw new Error(`The API server does not pass on ${path}`, { cause: error });
      await delay(100, undefined, { signal: limit });
    }
  }
}
