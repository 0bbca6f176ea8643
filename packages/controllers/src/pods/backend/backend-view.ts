import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "@virtual-kubelet/kubernetes";
import type { Logger, PodState, Provider } from "@virtual-kubelet/provider";
import type { NodeHealth } from "../../node/node-health.ts";
import type { ProviderDeadlines } from "../../provider-call.ts";
import { type CompleteList, missedTwiceMs, missingPods } from "./missing-pods.ts";
import { type BackendReport, list, observePods } from "./observe-pods.ts";
import { OrphanedPods } from "./orphaned-pods.ts";
import { type PodRecord, newPodRecord } from "../pod-record.ts";
import type { PodSteps } from "../pod-steps.ts";

export interface BackendViewOptions {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  readonly provider: Provider;
  readonly records: Map<string, PodRecord>;
  readonly steps: PodSteps;
  readonly health: NodeHealth;
  readonly logger: Logger;
  readonly deadlines: ProviderDeadlines;
  readonly pollMs?: number | undefined;
  readonly missedTwiceMs?: number | undefined;
}

/** What changed in what is observed: a pod, or that everything there is is known now. */
export type BackendChange = { readonly type: "pod"; readonly uid: string } | { readonly type: "known" };

/** Keeps the observed side of the records: what the backend reports, what it no longer has, what the cluster does not know. */
export class BackendView {
  readonly #options: BackendViewOptions;
  readonly #orphans: OrphanedPods;
  readonly #apartMs: number;
  readonly #changes: BackendChange[] = [];
  #signal: AbortSignal = AbortSignal.abort();
  #wake: () => void = () => {};
  #known = false;
  #confirming = false;

  constructor(options: BackendViewOptions) {
    this.#options = options;
    const { client, nodeName, logger } = options;
    this.#apartMs = options.missedTwiceMs ?? missedTwiceMs;
    this.#orphans = new OrphanedPods({ client, nodeName, logger, afterMs: this.#apartMs });
  }

  /** Whether the backend has been heard in full; before, nothing follows from absence. */
  get isKnown(): boolean {
    return this.#known;
  }

  /** The cluster has listed this node's pods: what the backend has beyond them may be an orphan. */
  clusterListed(): void {
    this.#orphans.clusterListed();
  }

  /** The cluster knows the pod: hands the record what the backend has said of it before. */
  claim(record: PodRecord): void {
    const state = this.#orphans.claim(record.ref.uid);
    if (state) record.observed = { type: "present", state };
  }

  /** Observes until aborted. The records are up to date before a change is yielded. */
  async *run({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<BackendChange, void> {
    this.#signal = signal;
    const following = this.#follow();
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      yield* this.#changes.splice(0);
      if (this.#changes.length > 0) continue;
      await new Promise<void>((resolve) => (signal.aborted ? resolve() : (this.#wake = resolve)));
    }
    await following;
  }

  async #follow(): Promise<void> {
    const { provider, logger, deadlines, pollMs = 5_000 } = this.#options;
    const retry = { firstMs: 1_000, maxMs: 30_000 };
    const reports = observePods({ provider, logger, signal: this.#signal, pollMs, timeoutMs: deadlines.readMs, retry });
    for await (const report of reports) this.#take(report);
  }

  #take(report: BackendReport): void {
    if (report.type === "state") this.#onState(report.pod);
    else if (report.type === "gone") this.#onGone(report.pod.uid);
    else if (report.type === "complete") this.#onComplete(report);
  }

  #onState(state: PodState): void {
    const record = this.#options.records.get(state.uid);
    if (!record) {
      void this.#suspect(state);
      return;
    }
    const last = record.observed.type === "present" ? record.observed.state : undefined;
    const { status = last?.status, revision = last?.revision } = state;
    record.observed = {
      type: "present",
      state: { ...state, ...(status ? { status } : {}), ...(revision ? { revision } : {}) },
    };
    record.heardAtMs = performance.now();
    record.lost = false;
    delete record.missedSinceMs;
    this.#changed(state.uid);
    if (!state.status) void this.#look(record);
  }

  #onGone(uid: string): void {
    this.#orphans.claim(uid);
    const record = this.#options.records.get(uid);
    if (!record) return;
    if (record.stop) record.observed = { type: "absent" };
    else this.#doubt([record]);
    this.#changed(uid);
  }

  #onComplete(complete: CompleteList): void {
    const { health, logger, records } = this.#options;
    const options = { confirmed: health.disappearanceConfirmed, missedTwiceMs: this.#apartMs };
    const { doubted, lost, suspicious } = missingPods(records.values(), complete, options);
    if (suspicious || health.says("PodsDisappeared")) health.set(plausibility(suspicious));
    if (suspicious)
      logger.error(suspicious, "most pods are missing from the backend's list; nothing is concluded from it");
    this.#doubt(doubted);
    for (const record of lost) {
      record.lost = true;
      record.observed = { type: "absent" };
      logger.warn({ pod: record.ref }, "the backend has lost a pod");
      this.#changed(record.ref.uid);
    }
    this.#orphans.retain(complete.uids);
    this.#known = true;
    this.#push({ type: "known" });
  }

  /** Missed once: after a while another complete list decides. A provider that is polled gives it anyway. */
  #doubt(records: readonly PodRecord[]): void {
    const nowMs = performance.now();
    for (const record of records) {
      record.missedSinceMs ??= nowMs;
      this.#changed(record.ref.uid);
    }
    if (records.length > 0 && !this.#confirming && this.#options.provider.watchPods) void this.#confirm();
  }

  async #confirm(): Promise<void> {
    const { provider, logger, deadlines, records } = this.#options;
    const isDoubted = () =>
      [...records.values()].some(({ missedSinceMs, lost }) => missedSinceMs !== undefined && !lost);
    this.#confirming = true;
    while (isDoubted() && !this.#signal.aborted) {
      try {
        await sleep(this.#apartMs, undefined, { signal: this.#signal });
        for await (const report of list({ provider, signal: this.#signal, timeoutMs: deadlines.readMs }))
          this.#take(report);
      } catch (error) {
        if (!this.#signal.aborted) logger.warn({ err: error }, "the backend's pods could not be listed again");
      }
    }
    this.#confirming = false;
  }

  /** A pod of the backend's that the cluster does not know: once that is certain, it is treated as one whose object is gone. */
  async #suspect(state: PodState): Promise<void> {
    const { records } = this.#options;
    const isOrphan = await this.#orphans.isOrphan(state, { signal: this.#signal });
    if (!isOrphan || records.has(state.uid)) return;
    const { namespace, name, uid } = state;
    const record = newPodRecord({ namespace, name, uid });
    records.set(uid, {
      ...record,
      objectGone: true,
      observed: { type: "present", state },
      heardAtMs: performance.now(),
    });
    this.#changed(uid);
  }

  /** The report said no more than that it is there. */
  async #look(record: PodRecord): Promise<void> {
    const { steps, logger } = this.#options;
    await steps.look(record, { signal: this.#signal }).catch((error: unknown) => {
      if (!this.#signal.aborted) logger.warn({ err: error, pod: record.ref }, "the state of a pod could not be read");
    });
    this.#changed(record.ref.uid);
  }

  #changed(uid: string): void {
    this.#push({ type: "pod", uid });
  }

  #push(change: BackendChange): void {
    this.#changes.push(change);
    this.#wake();
  }
}

function plausibility(suspicious: { readonly missing: number; readonly expected: number } | undefined) {
  const type = "PodsDisappeared";
  if (!suspicious)
    return {
      type,
      status: "False",
      reason: "ListPlausible",
      message: "The backend's list holds the pods that it should",
    };
  const { missing, expected } = suspicious;
  return {
    type,
    status: "True",
    reason: "ImplausibleList",
    message: `The backend's list lacks ${missing} of ${expected} pods; nothing is concluded until it is repaired or the node carries the annotation virtual-kubelet.io/confirm-disappearance`,
  };
}
