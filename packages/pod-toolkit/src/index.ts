/**
 * What every provider author would otherwise write: the status of a running, finished or waiting pod, by kubelet's rules.
 *
 * @example
 * ```ts
 * import type { Pod } from "@virtual-kubelet/kubernetes";
 * import { refOf, running } from "@virtual-kubelet/pod-toolkit";
 * import type { PodState } from "@virtual-kubelet/provider";
 *
 * export function stateOf(pod: Pod, podIP: string): PodState {
 *   return { ...refOf(pod), status: running(pod, { podIP }) };
 * }
 * ```
 */
export { runningContainer, terminatedContainer, unknownEnd, waitingContainer } from "./container-status.ts";
export type { ContainerEnd, ContainerFacts } from "./container-status.ts";
export { PodFeed } from "./pod-feed.ts";
export { podPhase } from "./pod-phase.ts";
export type { ContainerStatuses, PodPhase } from "./pod-phase.ts";
export { isSidecar, refOf } from "./pod-ref.ts";
export { finished, running, waiting } from "./pod-status.ts";
export type { PodFacts } from "./pod-status.ts";
