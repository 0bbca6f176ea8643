/**
 * How to talk to a Kubernetes API server: object types, a REST client, watch to store, exact quantities, variable
 * expansion and certificates.
 *
 * ```ts
 * import { inClusterConnection, KubernetesClient, ObjectWatch, resources } from "@virtual-kubelet/kubernetes";
 *
 * await using client = new KubernetesClient({ connection: await inClusterConnection() });
 * await client.patch(resources.pods, { namespace: "default", name: "web" }, {
 *   patch: { type: "merge", body: { metadata: { labels: { seen: "yes" } } } },
 * });
 *
 * const pods = new ObjectWatch({ client, resource: resources.pods, fieldSelector: "spec.nodeName=node-1" });
 * for await (const change of pods.run({ signal: AbortSignal.timeout(60_000) })) {
 *   if (change.type === "synced") console.log(`${pods.store.size} pods`);
 * }
 * ```
 *
 * @packageDocumentation
 */
export {
  certificateFile,
  type CertificateFilesOptions,
  keyPairFiles,
} from "./certificate-sources/certificate-files.ts";
export {
  type ClientAuthorityOptions,
  clusterClientAuthority,
  connectionAuthority,
} from "./certificate-sources/client-authority.ts";
export { issueCertificate, type IssueCertificateOptions, type KeyPairPem } from "./certificates/issue-certificate.ts";
export {
  type DeleteOptions,
  KubernetesClient,
  type KubernetesClientOptions,
  type ListOptions,
  type RawRequest,
  type RequestOptions,
} from "./client/kubernetes-client.ts";
export { isKubernetesError, KubernetesError, type KubernetesErrorOptions } from "./client/kubernetes-error.ts";
export type { Patch } from "./client/patch.ts";
export { type ObjectName, type Resource, resources } from "./client/resource.ts";
export type { QueryValue } from "./client/resource-path.ts";
export type { SilenceLimit } from "./client/transport.ts";
export type { Connection, Credentials, CredentialsCall } from "./connection/connection.ts";
export { inClusterConnection, type InClusterOptions } from "./connection/in-cluster-connection.ts";
export type { ApiRequestMessage, KubernetesMessages, WatchRestartMessage } from "./diagnostics/publish.ts";
export { expandVariables } from "./expand-variables.ts";
export type * from "./objects/generated/kubernetes-objects.ts";
export type {
  ClusterMeta,
  Draft,
  KubernetesObject,
  NamespacedMeta,
  ObjectList,
  StoredObject,
} from "./objects/metadata.ts";
export { NodeConnection, type NodeConnectionOptions } from "./node-identity/node-connection.ts";
export { servingCertificates, type ServingCertificatesOptions } from "./node-identity/serving-certificates.ts";
export type { RenewalShares } from "./node-identity/renewal-moment.ts";
export { type LabelRequirement, type Labels, meets, selects } from "./placement/label-selector.ts";
export { matchesNode, preferenceOf } from "./placement/node-affinity.ts";
export { toleratedSeconds, tolerates, untolerated } from "./placement/tolerations.ts";
export { addTo, type Amounts, amountsOf, isPodLevel, podLimits, podRequests } from "./placement/pod-requests.ts";
export { qosClass, type QosClass } from "./placement/qos-class.ts";
export { Quantity } from "./quantity.ts";
export type { BackoffOptions } from "./watch/backoff.ts";
export type { Selection } from "./watch/list-then-watch.ts";
export type { ObjectChange, ObjectStore } from "./watch/object-store.ts";
export { ObjectWatch, type ObjectWatchOptions, type WatchLogger } from "./watch/object-watch.ts";
export { compareResourceVersions } from "./watch/resource-version.ts";
export type { Bookmark, WatchEvent, WatchOptions } from "./watch/watch-events.ts";
