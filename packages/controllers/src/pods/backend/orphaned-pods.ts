import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import type { Logger, PodRef, PodState } from "@virtual-kubelet/provider";
import type { CompleteList } from "./missing-pods.ts";

export interface OrphanedPodsOptions {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  readonly logger: Logger;
  /** How long a pod must stay unknown to the cluster, from the first look to the last. Milliseconds. */
  readonly afterMs: number;
}

interface Suspect {
  readonly state: PodState;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
}

/**
 * Finds out whether a pod that the backend runs is unknown to the cluster. Stopping a healthy pod by mistake cannot be
 * undone, so it takes a cluster that has answered in full, and after a while a second, consistent list.
 */
export class OrphanedPods {
  readonly #options: OrphanedPodsOptions;
  readonly #suspects = new Map<string, Suspect>();
  #listed = false;
  #wake: () => void = () => {};

  constructor(options: OrphanedPodsOptions) {
    this.#options = options;
  }

  /** The cluster has listed this node's pods. */
  clusterListed(): void {
    this.#listed = true;
    this.#wake();
  }

  /** The backend has a pod that the cluster has not told of. */
  suspect(state: PodState): void {
    const sinceMs = this.#suspects.get(state.uid)?.sinceMs ?? performance.now();
    this.#suspects.set(state.uid, { state, sinceMs });
    this.#wake();
  }

  /** The cluster knows the pod after all, or the backend no longer has it. Gives what the backend last said of it. */
  claim(uid: string): PodState | undefined {
    const suspect = this.#suspects.get(uid);
    this.#suspects.delete(uid);
    return suspect?.state;
  }

  /** Drops suspects that the backend's complete list does not have, and that it could have. */
  retain({ uids, begunAtMs }: CompleteList): void {
    for (const [uid, { sinceMs }] of this.#suspects)
      if (!uids.has(uid) && sinceMs <= begunAtMs) this.#suspects.delete(uid);
  }

  /** Yields orphans, each once that is certain, until aborted. What cannot be found out now is asked again. */
  async *found({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<PodState, void> {
    const { afterMs } = this.#options;
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      if (!this.#listed || this.#suspects.size === 0) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      await sleep(afterMs, undefined, { signal }).catch(() => {});
      const ripeMs = performance.now() - afterMs;
      const ripe = [...this.#suspects.values()].filter(({ sinceMs }) => sinceMs <= ripeMs);
      for (const { state } of ripe) if (await this.#isOrphan(state, signal)) yield state;
    }
  }

  async #isOrphan(ref: PodState, signal: AbortSignal): Promise<boolean> {
    const { logger } = this.#options;
    try {
      if (await this.#clusterKnows(ref, signal)) return false;
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, pod: refOf(ref) }, "whether a pod is an orphan is not known yet");
      return false;
    }
    if (!this.#suspects.delete(ref.uid)) return false;
    logger.warn({ pod: refOf(ref) }, "the backend runs a pod that the cluster does not have; it is stopped");
    return true;
  }

  /** A list without a resource version is consistent, and a node may not get a pod that is gone. */
  async #clusterKnows({ namespace, name, uid }: PodRef, signal: AbortSignal): Promise<boolean> {
    const { client, nodeName } = this.#options;
    const fieldSelector = `spec.nodeName=${nodeName},metadata.name=${name}`;
    const { items } = await client.list(resources.pods, { namespace, fieldSelector, signal });
    return items.some(({ metadata }) => metadata.uid === uid);
  }
}

function refOf({ namespace, name, uid }: PodRef): PodRef {
  return { namespace, name, uid };
}
