import type { Connection } from "@virtual-kubelet/kubernetes";
import { readFileSync } from "node:fs";
import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } },
  ];
}

/** The connection of a kubeconfig that the development cluster wrote: one cluster, one user, embedded certificates. */
export function connectionOf(kubeconfigFile: string): Connection {
  const { clusters, users } = parse(readFileSync(kubeconfigFile, "utf8")) as Kubeconfig;
  const { cluster } = clusters[0];
  const { user } = users[0];
  const pem = (data: string): string => Buffer.from(data, "base64").toString();
  const credentials = {
    ca: pem(cluster["certificate-authority-data"]),
    cert: pem(user["client-certificate-data"]),
    key: pem(user["client-key-data"]),
  };
  return { server: cluster.server, credentials: () => credentials };
}
