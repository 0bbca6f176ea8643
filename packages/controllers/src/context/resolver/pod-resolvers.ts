import type { Pod } from "@virtual-kubelet/kubernetes";
import type { PodEventRecord, ResolverConfig } from "@virtual-kubelet/provider";
import { type ClusterDns, podResolver } from "./pod-resolver.ts";

export interface PodResolversOptions {
  readonly cluster?: ClusterDns | undefined;
  /** Whether the node still has the pod. */
  isKnown(uid: string): boolean;
  recordEvent(pod: Pod, event: PodEventRecord): void;
}

/** How the names of a node's pods are resolved. What is not as a pod wants it is told once, however often it is asked. */
export class PodResolvers {
  readonly #options: PodResolversOptions;
  /** Messages by the UID of their pod. */
  readonly #told = new Map<string, Set<string>>();
  #sweepAt = 64;

  constructor(options: PodResolversOptions) {
    this.#options = options;
  }

  resolver(pod: Pod, own: ResolverConfig): ResolverConfig {
    const { config, events } = podResolver(pod, { own, cluster: this.#options.cluster });
    for (const event of events) this.#tell(pod, event);
    return config;
  }

  #tell(pod: Pod, event: PodEventRecord): void {
    const { uid } = pod.metadata;
    const told = this.#told.get(uid) ?? new Set();
    if (told.has(event.message)) return;
    this.#told.set(uid, told.add(event.message));
    this.#options.recordEvent(pod, event);
    if (this.#told.size >= this.#sweepAt) this.#sweep();
  }

  /** Seldom enough that it costs nothing, often enough that pods long gone take no room. */
  #sweep(): void {
    for (const uid of this.#told.keys()) if (!this.#options.isKnown(uid)) this.#told.delete(uid);
    this.#sweepAt = 2 * this.#told.size + 64;
  }
}
