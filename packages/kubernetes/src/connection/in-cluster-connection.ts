import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { KubernetesError } from "../client/kubernetes-error.ts";
import { checkCertificates } from "./check-certificates.ts";
import type { Connection } from "./connection.ts";
import { freshFile } from "./fresh-file.ts";

export interface InClusterOptions {
  /** Where Kubernetes has put `token`, `ca.crt` and `namespace`. */
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The connection of a pod to its own cluster, as the pod's service account. Token and CA are read again when what was read is
 * older than a minute, and at once when the server refuses the token or cannot be verified.
 *
 * Throws a `KubernetesError` with reason `NotInCluster` when this process is not in a pod.
 */
export async function inClusterConnection(options: InClusterOptions = {}): Promise<Connection> {
  const { folder = serviceAccountFolder, environment = process.env } = options;
  const host = environment["KUBERNETES_SERVICE_HOST"];
  const port = environment["KUBERNETES_SERVICE_PORT"];
  if (!host || !port) {
    throw new KubernetesError(
      "NotInCluster",
      "not in a Kubernetes pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; give a kubeconfig instead",
    );
  }
  const token = freshFile({ path: join(folder, "token"), what: "the service account's token" });
  const ca = freshFile({
    path: join(folder, "ca.crt"),
    what: "the cluster's CA certificate",
    check: checkCertificates,
  });
  // One after the other, so that of two that are missing always the same one is named.
  await token.read({ refresh: false });
  await ca.read({ refresh: false });
  const namespace = await readFile(join(folder, "namespace"), "utf8").catch(() => "");
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ...(namespace.trim() ? { namespace: namespace.trim() } : {}),
    credentials: async (call) => ({ ca: await ca.read(call), token: (await token.read(call)).trim() }),
  };
}
