/**
 * Keeps a virtual node and its pods true: registers the node and renews its lease, brings pods and their backend together,
 * reports their status, and lends the provider what pods refer to. Most programs want `VirtualNode` of the package
 * `virtual-kubelet`, which puts these together.
 *
 * @example
 * ```ts
 * import { NodeController, NodeHealth } from "@virtual-kubelet/controllers";
 * import { KubernetesClient, inClusterConnection } from "@virtual-kubelet/kubernetes";
 * import { silentLogger } from "@virtual-kubelet/provider";
 *
 * export async function keepNode(signal: AbortSignal): Promise<void> {
 *   await using client = new KubernetesClient({ connection: await inClusterConnection() });
 *   const node = new NodeController({
 *     client,
 *     provider: { createPod() {}, deletePod() {}, getPod: () => undefined, getPods: () => [] },
 *     identity: { name: "edge-1", kubeletPort: 0, version: "v1.36.0" },
 *     health: new NodeHealth(),
 *     logger: silentLogger,
 *   });
 *   await node.run({ signal });
 * }
 * ```
 */
export type { ApiServerForPods } from "./context/environment/service-variables.ts";
export { NodeContext } from "./context/node-context.ts";
export type { NodeContextOptions } from "./context/node-context.ts";
export type { ClusterDns } from "./context/resolver/pod-resolver.ts";
export type {
  ControllersMessages,
  LeaseMessage,
  PodStepMessage,
  PodsMessage,
  ProviderCallMessage,
  QueueMessage,
} from "./diagnostics.ts";
export { EventRecorder } from "./events/event-recorder.ts";
export type { EventRecorderOptions, EventSubject } from "./events/event-recorder.ts";
export type { PodEvents } from "./events/pod-events.ts";
export { fencedConnection } from "./leadership/fenced-connection.ts";
export { fencedProvider } from "./leadership/fenced-provider.ts";
export { Leadership } from "./leadership/leadership.ts";
export type { HeldTerm, LeadershipOptions, LeadershipTimes } from "./leadership/leadership.ts";
export type { Fence, Term } from "./leadership/term.ts";
export type { WhenUnreachable } from "./node/backend-ping.ts";
export { NodeController } from "./node/node-controller.ts";
export type { NodeControllerOptions, OnStop } from "./node/node-controller.ts";
export { NodeHealth } from "./node/node-health.ts";
export type { NodeVerdict } from "./node/node-health.ts";
export type { NodeIdentity } from "./node/node-object.ts";
export type { AdmissionPolicy } from "./pods/admission/pod-admission.ts";
export type { DisappearanceLimits } from "./pods/backend/disappearance.ts";
export type { PodFollower } from "./pods/pod-follower.ts";
export { PodController } from "./pods/pod-controller.ts";
export type { PodControllerOptions } from "./pods/pod-controller.ts";
export { defaultDeadlines, providerCall } from "./provider-call.ts";
export type { ProviderCallOptions, ProviderDeadlines } from "./provider-call.ts";
