/**
 * A Kubernetes node in a function call: hand `VirtualNode` an object with four methods, and there is a node in the cluster
 * that schedules, reports, streams logs and execs like any other. The contract of providers is exported here too.
 *
 * @example
 * ```ts
 * import { refOf, running } from "@virtual-kubelet/pod-toolkit";
 * import { type PodState, type Provider, VirtualNode } from "virtual-kubelet";
 *
 * const pods = new Map<string, PodState>();
 *
 * const provider: Provider = {
 *   createPod: (pod, { revision }) => void pods.set(pod.metadata.uid, { ...refOf(pod), revision, status: running(pod) }),
 *   deletePod: ({ uid }) => void pods.delete(uid),
 *   getPod: ({ uid }) => pods.get(uid),
 *   getPods: () => pods.values(),
 *
 *   async *getContainerLogs({ container }) {
 *     yield `Hello from ${container}!\n`;
 *   },
 * };
 *
 * await new VirtualNode({ name: "my-first-node", provider }).run();
 * ```
 */
export type { ApiServerForPods } from "@virtual-kubelet/controllers";
export type { Node, Pod, PodStatus } from "@virtual-kubelet/kubernetes";
export { ProviderError, defineProvider, isProviderError, silentLogger } from "@virtual-kubelet/provider";
export type {
  ByteDuplex,
  ByteSink,
  ByteSource,
  Call,
  ContainerProcess,
  ContainerRef,
  DefinedProvider,
  ExecCall,
  Exit,
  LogCall,
  Logger,
  NodeDescription,
  PodEvent,
  PodRef,
  PodState,
  Provider,
  ProviderContext,
  ProviderErrorCode,
  ProviderFactory,
} from "@virtual-kubelet/provider";
export type { HighAvailability } from "./act-in-terms.ts";
export type { KubeletApiSettings } from "./open-kubelet-api.ts";
export { VirtualNode } from "./virtual-node.ts";
export type { VirtualNodeOptions } from "./virtual-node.ts";
