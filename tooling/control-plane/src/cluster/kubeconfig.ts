import type { KeyPairPem } from "@virtual-kubelet/kubernetes";

export interface KubeconfigOptions {
  readonly server: string;
  /** The file with what to trust: read anew by every program that starts. */
  readonly authoritiesFile: string;
  readonly clientCertificate?: KeyPairPem | undefined;
  readonly token?: string | undefined;
}

/** A kubeconfig with one cluster and one user. JSON, which is YAML too. */
export function kubeconfigText({ server, authoritiesFile, clientCertificate, token }: KubeconfigOptions): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const certificate = clientCertificate && {
    "client-certificate-data": base64(clientCertificate.certificate),
    "client-key-data": base64(clientCertificate.key),
  };
  const name = "control-plane";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority": authoritiesFile } }],
    users: [{ name, user: { ...certificate, ...(token ? { token } : {}) } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  });
}
