import {
  type ConfigMap,
  type Draft,
  type Namespace,
  type Service,
  type ServiceAccount,
  resources,
} from "@virtual-kubelet/kubernetes";
import type { ObjectStorage } from "../../storage/object-storage.ts";

const namespaces = ["default", "kube-system", "kube-node-lease", "kube-public"];

/** Creates what every cluster has before anybody uses it: its namespaces and the service `default/kubernetes`. */
export function seedCluster(storage: ObjectStorage): void {
  for (const name of namespaces) {
    if (!storage.get(resources.namespaces, { name })) storage.create(resources.namespaces, namespaceDraft(name));
  }
  keepApiService(storage);
}

/** Creates the service `default/kubernetes` where it is missing, as an API server does when somebody deletes it. */
export function keepApiService(storage: ObjectStorage): void {
  if (!storage.get(resources.services, { namespace: "default", name: "kubernetes" }))
    storage.create(resources.services, apiService);
}

function namespaceDraft(name: string): Draft<Namespace> {
  const labels = { "kubernetes.io/metadata.name": name };
  return { metadata: { name, labels }, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } };
}

/** Its UID serves as the identity of the cluster. */
const apiService: Draft<Service> = {
  metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
  spec: {
    type: "ClusterIP",
    clusterIP: "10.96.0.1",
    clusterIPs: ["10.96.0.1"],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    internalTrafficPolicy: "Cluster",
    sessionAffinity: "None",
    ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: 6443 }],
  },
};

export function defaultServiceAccount(namespace: string): Draft<ServiceAccount> {
  return { metadata: { name: "default", namespace } };
}

/** The certificate authority that pods need to trust the API server. */
export function rootCertificates(namespace: string, certificateAuthority: string): Draft<ConfigMap> {
  const description =
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc.";
  const annotations = { "kubernetes.io/description": description };
  return { metadata: { name: "kube-root-ca.crt", namespace, annotations }, data: { "ca.crt": certificateAuthority } };
}

/** The certificate authority whose certificates prove to the API server, and to those who ask it, who a client is. */
export function clientAuthority(certificateAuthority: string): Draft<ConfigMap> {
  const metadata = { namespace: "kube-system", name: "extension-apiserver-authentication" };
  return { metadata, data: { "client-ca-file": certificateAuthority } };
}
