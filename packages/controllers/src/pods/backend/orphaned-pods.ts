import { setTimeout as sleep } from "node:timers/promises";
import { type KubernetesClient, resources } from "@virtual-kubelet/kubernetes";
import type { Logger, PodRef, PodState } from "@virtual-kubelet/provider";

export interface OrphanedPodsOptions {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  readonly logger: Logger;
  /** How long a pod must stay unknown to the cluster, from the first look to the last. Milliseconds. */
  readonly afterMs: number;
}

/**
 * Finds out whether a pod that the backend runs is unknown to the cluster. Stopping a healthy pod by mistake cannot be
 * undone, so it takes a cluster that has answered in full, and after a while a second, consistent list.
 */
export class OrphanedPods {
  readonly #options: OrphanedPodsOptions;
  readonly #suspects = new Map<string, PodState>();
  readonly #listed = Promise.withResolvers<void>();

  constructor(options: OrphanedPodsOptions) {
    this.#options = options;
  }

  /** The cluster has listed this node's pods. */
  clusterListed(): void {
    this.#listed.resolve();
  }

  /** The cluster knows the pod after all, or the backend no longer has it. Gives what the backend last said of it. */
  claim(uid: string): PodState | undefined {
    const state = this.#suspects.get(uid);
    this.#suspects.delete(uid);
    return state;
  }

  /** Drops suspects that the backend's complete list does not have. */
  retain(uids: ReadonlySet<string>): void {
    for (const uid of this.#suspects.keys()) if (!uids.has(uid)) this.#suspects.delete(uid);
  }

  /** Resolves when it is certain; false also when the question has become moot or is being answered already. */
  async isOrphan(ref: PodState, { signal }: { readonly signal: AbortSignal }): Promise<boolean> {
    const isAsked = this.#suspects.has(ref.uid);
    this.#suspects.set(ref.uid, ref);
    if (isAsked) return false;
    try {
      await this.#listed.promise;
      await sleep(this.#options.afterMs, undefined, { signal });
      if (!this.#suspects.has(ref.uid)) return false;
      const isKnown = await this.#clusterKnows(ref, signal);
      const isOrphan = !isKnown && this.#suspects.has(ref.uid);
      if (isOrphan)
        this.#options.logger.warn(
          { pod: refOf(ref) },
          "the backend runs a pod that the cluster does not have; it is stopped",
        );
      return isOrphan;
    } catch (error) {
      if (!signal.aborted)
        this.#options.logger.warn({ err: error, pod: refOf(ref) }, "whether a pod is an orphan could not be found out");
      return false;
    } finally {
      this.#suspects.delete(ref.uid);
    }
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
