import { setTimeout as sleep } from "node:timers/promises";
import type { Logger, PodRef, PodState } from "@virtual-kubelet/provider";
import type { NodeHealth } from "../../node/node-health.ts";
import {
  type Disappearance,
  type DisappearanceLimits,
  isSuspicious,
  plausibility,
  sinceHeld,
} from "./disappearance.ts";
import type { CompleteList } from "./judge-list.ts";

export interface OrphanedPodsOptions {
  readonly logger: Logger;
  /** How long a pod must stay unknown to the cluster, from the first look to the last. Milliseconds. */
  readonly afterMs: number;
  readonly health: NodeHealth;
  readonly limits?: DisappearanceLimits | undefined;
  /** Gives the UIDs of the cluster's pods, by a consistent list. */
  readonly listCluster: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
  /** Lists the backend's pods once more, unless that is done all the time. */
  readonly listBackend: () => Promise<void>;
  /** How many pods the node has beside the suspects. */
  readonly others: () => number;
}

interface Suspect {
  readonly state: PodState;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
}

/**
 * Finds out whether a pod that the backend runs is unknown to the cluster, or no longer known to it. Stopping a healthy pod
 * by mistake cannot be undone, so it takes a cluster that has answered in full, and after a while a second, consistent list;
 * when that lacks most of what runs here, it takes the user's word.
 */
export class OrphanedPods {
  readonly #options: OrphanedPodsOptions;
  readonly #suspects = new Map<string, Suspect>();
  #listed = false;
  #backendListed = false;
  #held: Disappearance | undefined;
  #wake: () => void = () => {};

  constructor(options: OrphanedPodsOptions) {
    this.#options = options;
  }

  /** The cluster has listed this node's pods. */
  clusterListed(): void {
    this.#listed = true;
    this.#relieve();
    this.#wake();
  }

  /** The backend has a pod that the cluster has not told of. */
  suspect(state: PodState): void {
    const sinceMs = this.#suspects.get(state.uid)?.sinceMs ?? performance.now();
    this.#suspects.set(state.uid, { state, sinceMs });
    this.#wake();
  }

  /** Whether one of another UID has this name. */
  hasNamesake({ namespace, name, uid }: PodRef): boolean {
    return [...this.#suspects.values()].some(
      ({ state }) => state.name === name && state.namespace === namespace && state.uid !== uid,
    );
  }

  /** The cluster knows the pod after all. Gives what the backend last said of it. */
  claim(uid: string): PodState | undefined {
    const suspect = this.#suspects.get(uid);
    this.gone(uid);
    return suspect?.state;
  }

  /** The backend no longer has it. */
  gone(uid: string): void {
    this.#suspects.delete(uid);
    this.#relieve();
  }

  /**
   * The backend has listed its pods. A suspect that it no longer has, and could have, is none any more; one that the cluster
   * had before stays, for the one list is no better than the other.
   */
  retain({ uids, begunAtMs }: CompleteList, isMissing: (uid: string) => boolean): void {
    for (const [uid, { sinceMs }] of this.#suspects)
      if (!uids.has(uid) && sinceMs <= begunAtMs && !isMissing(uid)) this.#suspects.delete(uid);
    this.#backendListed = true;
    this.#relieve();
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
      // A timer may go off a moment early, and whoever was not ripe then would wait as long again.
      await sleep(afterMs + 2, undefined, { signal }).catch(() => {});
      const ripeMs = performance.now() - afterMs;
      const ripe = [...this.#suspects.values()].filter(({ sinceMs }) => sinceMs <= ripeMs);
      if (ripe.length > 0) yield* await this.#orphans(ripe, signal);
    }
  }

  /** Nobody is suspected, once both sides have been heard: what an earlier life of the agent has said of it is over, too. */
  #relieve(): void {
    if (!this.#listed || !this.#backendListed || this.#suspects.size > 0) return;
    this.#held = undefined;
    this.#options.health.set(plausibility("cluster", undefined));
  }

  async #orphans(ripe: readonly Suspect[], signal: AbortSignal): Promise<readonly PodState[]> {
    const { logger, health, limits, others } = this.#options;
    const known = await this.#knownToCluster(signal);
    if (!known) return [];
    // All that the list lacks are judged together, however long each has been missed: a list that lacks most is not believed.
    const missing = [...this.#suspects.keys()].filter((uid) => !known.has(uid)).length;
    const disappearance = sinceHeld({ missing, expected: missing + others() }, this.#held);
    const isHeld = !health.disappearanceConfirmed && isSuspicious(disappearance, limits);
    this.#held = isHeld ? disappearance : undefined;
    health.set(plausibility("cluster", this.#held));
    if (isHeld) {
      logger.error(disappearance, "the cluster lacks most pods that the backend runs; nothing is concluded from it");
      return [];
    }
    const orphans = ripe.flatMap(({ state }) =>
      !known.has(state.uid) && this.#suspects.has(state.uid) ? [state] : [],
    );
    for (const state of orphans) {
      this.#suspects.delete(state.uid);
      logger.warn({ pod: refOf(state) }, "the backend runs a pod that the cluster does not have; it is stopped");
    }
    return orphans;
  }

  /** Both sides as they are now: what the backend itself has no more, it has told of late. */
  async #knownToCluster(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const { listBackend, listCluster, logger } = this.#options;
    try {
      await listBackend();
      return await listCluster(signal);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, "whether the backend has orphans is not known yet");
      return undefined;
    }
  }
}

function refOf({ namespace, name, uid }: PodRef): PodRef {
  return { namespace, name, uid };
}
