/**
 * The HTTPS server that the control plane calls back at a node: pods, container logs, and commands in containers. Callers
 * prove who they are by a client certificate or a token, and do what the cluster allows them; there is no anonymous access.
 *
 * @example
 * ```ts
 * import { KubeletApi, clusterReviews } from "@virtual-kubelet/kubelet-api";
 * import { KubernetesClient, inClusterConnection, issueCertificate } from "@virtual-kubelet/kubernetes";
 * import { silentLogger } from "@virtual-kubelet/provider";
 *
 * await using client = new KubernetesClient({ connection: await inClusterConnection() });
 * const authority = issueCertificate({ commonName: "cluster", certificateAuthority: true });
 *
 * await using api = new KubeletApi({
 *   provider: { createPod() {}, deletePod() {}, getPod: () => undefined, getPods: () => [] },
 *   pods: { pods: () => [], find: () => undefined },
 *   nodeName: "edge-1",
 *   logger: silentLogger,
 *   port: 0,
 *   clientCertificateAuthority: authority.certificate,
 *   reviews: clusterReviews(client),
 * });
 * const { port } = await api.listen();
 * ```
 */
export type { AccessQuestion, AccessReviews, ReviewCall } from "./access/access-reviews.ts";
export type { Caller } from "./access/caller.ts";
export { clusterReviews } from "./access/cluster-reviews.ts";
export { requestChannelName } from "./http/request-channel.ts";
export type { RequestMessage } from "./http/request-channel.ts";
export { KubeletApi } from "./kubelet-api.ts";
export type { MetricsSource } from "./metrics-source.ts";
export type { KubeletApiOptions } from "./options.ts";
export type { Access } from "./http/route.ts";
export { routeTable } from "./route-table.ts";
export type { RouteSummary } from "./route-table.ts";
export type { PodSource } from "./pod-source.ts";
export { streamChannelName } from "./streaming/stream-channel.ts";
export type { StreamKind, StreamMessage } from "./streaming/stream-channel.ts";
