import type { KeyPairPem } from "@virtual-kubelet/kubernetes";
import { stringify } from "yaml";
import { type Identity, clientCertificate } from "./authority.ts";

export interface KubeconfigOptions {
  readonly server: string;
  readonly authority: KeyPairPem;
  readonly identity: Identity;
}

/** A kubeconfig with a new certificate and everything else in it: nothing but this text is needed to use the cluster. */
export function kubeconfigText({ server, authority, identity }: KubeconfigOptions): string {
  const { user } = identity;
  const { certificate, key } = clientCertificate(authority, identity);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const credentials = { "client-certificate-data": base64(certificate), "client-key-data": base64(key) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      { name: "dev-cluster", cluster: { server, "certificate-authority-data": base64(authority.certificate) } },
    ],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: "dev-cluster", context: { cluster: "dev-cluster", user, namespace: "default" } }],
    "current-context": "dev-cluster",
  };
  return stringify(config, { lineWidth: 0 });
}
