import type { SelectedContext } from "./select-context.ts";

/** Under this name a kubeconfig has what a cluster wants its plugins to know. */
const configExtension = "client.authentication.k8s.io/exec";

/**
 * The value of `KUBERNETES_EXEC_INFO`: an `ExecCredential` that tells a plugin that nobody can be asked and, if the kubeconfig
 * says so, the cluster as it is now.
 */
export function execInfo({ user, cluster }: SelectedContext, ca: string | undefined): string {
  const { apiVersion, provideClusterInfo } = user?.value.exec ?? {};
  const { server, tlsServerName, skipTLSVerify, proxyUrl } = cluster.value;
  const info = {
    server,
    "certificate-authority-data": ca === undefined ? undefined : Buffer.from(ca).toString("base64"),
    "tls-server-name": tlsServerName,
    "insecure-skip-tls-verify": skipTLSVerify || undefined,
    "proxy-url": proxyUrl,
    config: configFrom(cluster.raw["extensions"]),
  };
  const spec = { interactive: false, ...(provideClusterInfo ? { cluster: info } : {}) };
  return JSON.stringify({ apiVersion, kind: "ExecCredential", spec });
}

function configFrom(extensions: unknown): unknown {
  const list = Array.isArray(extensions) ? (extensions as ({ name?: unknown; extension?: unknown } | null)[]) : [];
  return list.find((entry) => entry?.name === configExtension)?.extension;
}
