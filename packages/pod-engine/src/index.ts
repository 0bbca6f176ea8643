/**
 * A kubelet's pod loop for backends that can only start and stop one container: init containers in order, native sidecars,
 * restarts with back-off, deadlines, graceful ends, and the statuses that go with them.
 *
 * @example
 * ```ts
 * import { type ContainerRuntime, PodEngine } from "@virtual-kubelet/pod-engine";
 * import type { Provider, ProviderContext } from "@virtual-kubelet/provider";
 *
 * export function providerOver(runtime: ContainerRuntime, context: ProviderContext): Provider {
 *   const engine = new PodEngine({ runtime, context });
 *   return {
 *     createPod: (pod, call) => engine.createPod(pod, call),
 *     deletePod: (pod, call) => engine.deletePod(pod, call),
 *     adoptPod: (pod, call) => engine.adoptPod(pod, call),
 *     getPod: (pod, call) => engine.getPod(pod, call),
 *     getPods: (call) => engine.getPods(call),
 *     watchPods: (call) => engine.watchPods(call),
 *     [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
 *   };
 * }
 * ```
 */
export type {
  ContainerInstance,
  ContainerRuntime,
  ContainerStart,
  InstanceEnd,
  InstanceRef,
  PodRecord,
  RuntimeEvent,
  StopCall,
} from "./container-runtime.ts";
export { nextSteps } from "./next-steps.ts";
export type { Action, Decision, DecisionOptions } from "./next-steps.ts";
export { PodEngine } from "./pod-engine.ts";
export type { PodEngineOptions } from "./pod-engine.ts";
export type { PodSituation, StartFailure } from "./pod-history.ts";
export { kubeletBackoff } from "./restart-rules.ts";
export type { Backoff } from "./restart-rules.ts";
