/**
 * The HTTPS server that the control plane calls back at a node: pods, container logs, and commands in containers. Callers
 * prove who they are by a client certificate of the cluster's CA; there is no anonymous access.
 *
 * @example
 * ```ts
 * import { KubeletApi } from "@virtual-kubelet/kubelet-api";
 * import { issueCertificate } from "@virtual-kubelet/kubernetes";
 * import { silentLogger } from "@virtual-kubelet/provider";
 *
 * const authority = issueCertificate({ commonName: "cluster", certificateAuthority: true });
 *
 * await using api = new KubeletApi({
 *   provider: { createPod() {}, deletePod() {}, getPod: () => undefined, getPods: () => [] },
 *   pods: { pods: () => [], find: () => undefined },
 *   nodeName: "edge-1",
 *   logger: silentLogger,
 *   port: 0,
 *   clientCertificateAuthority: authority.certificate,
 * });
 * const { port } = await api.listen();
 * ```
 */
export { requestChannelName } from "./http/request-channel.ts";
export type { RequestMessage } from "./http/request-channel.ts";
export { KubeletApi } from "./kubelet-api.ts";
export type { MetricsSource } from "./metrics-source.ts";
export type { KubeletApiOptions } from "./options.ts";
export type { PodSource } from "./pod-source.ts";
export { streamChannelName } from "./streaming/stream-channel.ts";
export type { StreamKind, StreamMessage } from "./streaming/stream-channel.ts";
