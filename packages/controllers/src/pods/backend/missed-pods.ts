import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@virtual-kubelet/provider";
import type { NodeHealth } from "../../node/node-health.ts";
import type { PodRecord } from "../pod-record.ts";
import { type Disappearance, type DisappearanceLimits, plausibility } from "./disappearance.ts";
import { type CompleteList, isExpected, judgeList } from "./judge-list.ts";

export interface MissedPodsOptions {
  readonly records: ReadonlyMap<string, PodRecord>;
  readonly health: NodeHealth;
  readonly logger: Logger;
  /** How far apart two lists must be for what both lack to be lost. Milliseconds. */
  readonly apartMs: number;
  readonly limits?: DisappearanceLimits | undefined;
  /** Whether another list comes by itself, as from a provider that is polled. */
  readonly isPolled: boolean;
  /** Lists the backend's pods once more. */
  readonly list: () => Promise<void>;
  /** Asks the backend for one pod. */
  readonly look: (uid: string) => void;
  /** Something is known of this pod that was not before. */
  readonly changed: (uid: string) => void;
}

/** Concludes from the backend's lists what it has lost: what two complete ones lack, unless they lack too much. */
export class MissedPods {
  readonly #options: MissedPodsOptions;
  #signal: AbortSignal = AbortSignal.abort();
  #clusterListed = false;
  #heldBack: CompleteList | undefined;
  readonly #missedTwice = new Set<string>();
  #suspicious: Disappearance | undefined;
  #confirming = false;

  constructor(options: MissedPodsOptions) {
    this.#options = options;
  }

  /** Until when it may list. */
  begin(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** The cluster has listed this node's pods. The backend may have answered first: only now is it known what its list should have held. */
  clusterListed(): void {
    if (this.#clusterListed) return;
    this.#clusterListed = true;
    if (this.#heldBack) this.#conclude(this.#heldBack);
    this.#heldBack = undefined;
  }

  take(complete: CompleteList): void {
    if (this.#clusterListed) this.#conclude(complete);
    else this.#heldBack = complete;
  }

  /** Missed once: after a while another complete list decides. */
  doubt(records: readonly PodRecord[]): void {
    const nowMs = performance.now();
    for (const record of records) {
      record.missedSinceMs ??= nowMs;
      this.#options.changed(record.ref.uid);
    }
    if ((records.length > 0 || this.#suspicious) && !this.#options.isPolled) void this.#confirm();
  }

  #conclude(complete: CompleteList): void {
    const { health, logger, records, apartMs, limits, look } = this.#options;
    const options = {
      confirmed: health.disappearanceConfirmed,
      missedTwiceMs: apartMs,
      limits,
      held: this.#suspicious,
    };
    const { doubted, lost, suspicious } = judgeList(records.values(), complete, options);
    this.#suspicious = suspicious;
    health.set(plausibility("backend", suspicious));
    if (suspicious)
      logger.error(suspicious, "most pods are missing from the backend's list; nothing is concluded from it");
    this.doubt(doubted);
    for (const { ref } of lost) {
      this.#missedTwice.add(ref.uid);
      look(ref.uid);
    }
  }

  /** The backend was asked for the pod. One that two lists lack and that it does not have is lost: a list may be behind. */
  looked(record: PodRecord): void {
    const { logger, changed } = this.#options;
    const isMissedTwice = this.#missedTwice.delete(record.ref.uid);
    if (record.missedSinceMs === undefined) return;
    if (!isMissedTwice) return this.doubt([record]);
    record.lost = true;
    record.observed = { type: "absent" };
    logger.warn({ pod: record.ref }, "the backend has lost a pod");
    changed(record.ref.uid);
  }

  async #confirm(): Promise<void> {
    const { records, apartMs, list } = this.#options;
    if (this.#confirming) return;
    // Of the others a list decides nothing: asking for one would never end.
    const isDoubted = (record: PodRecord) => record.missedSinceMs !== undefined && isExpected(record);
    this.#confirming = true;
    while (!this.#signal.aborted && (this.#suspicious || [...records.values()].some(isDoubted))) {
      await sleep(apartMs, undefined, { signal: this.#signal }).catch(() => {});
      await list();
    }
    this.#confirming = false;
  }
}
