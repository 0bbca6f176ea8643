import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "@virtual-kubelet/kubernetes";
import type { Logger, PodState, Provider } from "@virtual-kubelet/provider";
import type { NodeHealth } from "../../node/node-health.ts";
import type { ProviderDeadlines } from "../../provider-call.ts";
import { type CompleteList, isExpected, missedTwiceMs, missingPods } from "./missing-pods.ts";
import { type BackendReport, list, observePods } from "./observe-pods.ts";
import { OrphanedPods } from "./orphaned-pods.ts";
import { WorkQueue } from "../../queue/work-queue.ts";
import { type PodRecord, hear, newPodRecord } from "../pod-record.ts";
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

/** A provider that watches is listed all the same, this many times as rarely as one that does not: every five minutes. */
const pollsPerRelist = 60;

/** What changed in what is observed: a pod, or that everything there is is known now. */
export type BackendChange = { readonly type: "pod"; readonly uid: string } | { readonly type: "known" };

/** Keeps the observed side of the records: what the backend reports, what it no longer has, what the cluster does not know. */
export class BackendView {
  readonly #options: BackendViewOptions;
  readonly #orphans: OrphanedPods;
  readonly #apartMs: number;
  readonly #looks: WorkQueue;
  readonly #changes: BackendChange[] = [];
  #signal: AbortSignal = AbortSignal.abort();
  #wake: () => void = () => {};
  #known = false;
  #clusterListed = false;
  #heldBack: CompleteList | undefined;
  #suspicious = false;
  #confirming = false;

  constructor(options: BackendViewOptions) {
    this.#options = options;
    const { client, nodeName, logger, records } = options;
    this.#apartMs = options.missedTwiceMs ?? missedTwiceMs;
    this.#orphans = new OrphanedPods({ client, nodeName, logger, afterMs: this.#apartMs });
    this.#looks = new WorkQueue({
      name: "pod-looks",
      concurrency: 16,
      retry: { firstMs: 1_000, maxMs: 30_000 },
      handle: (uid, call) => this.#look(uid, call),
      onError: (uid, error) =>
        logger.warn({ err: error, pod: records.get(uid)?.ref }, "the state of a pod could not be read"),
    });
  }

  /** Whether the backend has been heard in full; before, nothing follows from absence. */
  get isKnown(): boolean {
    return this.#known;
  }

  /** The cluster has listed this node's pods: what the backend has beyond them may be an orphan. */
  clusterListed(): void {
    this.#orphans.clusterListed();
    if (this.#clusterListed) return;
    this.#clusterListed = true;
    // The backend may have answered first: only now is it known what its list should have held.
    if (this.#heldBack) this.#conclude(this.#heldBack);
    this.#heldBack = undefined;
  }

  /** The cluster knows the pod: hands the record what the backend has said of it before. */
  claim(record: PodRecord): void {
    const state = this.#orphans.claim(record.ref.uid);
    if (!state) return;
    record.observed = { type: "present", state };
    if (!state.status) this.#looks.add(state.uid);
  }

  /** Observes until aborted. The records are up to date before a change is yielded. */
  async *run({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<BackendChange, void> {
    this.#signal = signal;
    await using _looks = this.#looks;
    const following = Promise.all([this.#follow(), this.#followOrphans(), this.#relist()]);
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

  async #followOrphans(): Promise<void> {
    for await (const state of this.#orphans.found({ signal: this.#signal })) this.#onOrphan(state);
  }

  /** A watch that does not tell of everything, or hangs, must not be believed for ever. */
  async #relist(): Promise<void> {
    const { provider, pollMs = 5_000 } = this.#options;
    while (provider.watchPods && !this.#signal.aborted) {
      await sleep(pollMs * pollsPerRelist, undefined, { signal: this.#signal }).catch(() => {});
      await this.#listOnce();
    }
  }

  async #listOnce(): Promise<void> {
    const { provider, logger, deadlines } = this.#options;
    if (this.#signal.aborted) return;
    try {
      for await (const report of list({ provider, signal: this.#signal, timeoutMs: deadlines.readMs }))
        this.#take(report);
    } catch (error) {
      if (!this.#signal.aborted) logger.warn({ err: error }, "the backend's pods could not be listed again");
    }
  }

  #take(report: BackendReport): void {
    if (report.type === "state") this.#onState(report.pod, report.begunAtMs);
    else if (report.type === "gone") this.#onGone(report.pod.uid);
    else if (report.type === "complete") this.#onComplete(report);
  }

  #onState(state: PodState, begunAtMs = Infinity): void {
    const { uid } = state;
    const record = this.#options.records.get(uid);
    if (!record) {
      this.#orphans.suspect(state);
      return;
    }
    if (record.heardAtMs > begunAtMs) return;
    // A list repeats what is known: that wakes nobody, and cuts no pause short that a failed change has to make.
    if (hear(record, state)) this.#changed(uid);
    if (!state.status) this.#looks.add(uid);
  }

  #onGone(uid: string): void {
    this.#orphans.claim(uid);
    const record = this.#options.records.get(uid);
    if (!record) return;
    if (record.stop) Object.assign(record, { observed: { type: "absent" }, heardAtMs: performance.now() });
    else this.#doubt([record]);
    this.#changed(uid);
  }

  #onComplete(complete: CompleteList): void {
    this.#orphans.retain(complete);
    if (this.#clusterListed) this.#conclude(complete);
    else this.#heldBack = complete;
    if (this.#known) return;
    this.#known = true;
    this.#push({ type: "known" });
  }

  #conclude(complete: CompleteList): void {
    const { health, logger, records } = this.#options;
    const options = { confirmed: health.disappearanceConfirmed, missedTwiceMs: this.#apartMs };
    const { doubted, lost, suspicious } = missingPods(records.values(), complete, options);
    this.#suspicious = suspicious !== undefined;
    health.set(plausibility(suspicious));
    if (suspicious)
      logger.error(suspicious, "most pods are missing from the backend's list; nothing is concluded from it");
    this.#doubt(doubted);
    for (const record of lost) {
      record.lost = true;
      record.observed = { type: "absent" };
      logger.warn({ pod: record.ref }, "the backend has lost a pod");
      this.#changed(record.ref.uid);
    }
  }

  /** Missed once: after a while another complete list decides. A provider that is polled gives it anyway. */
  #doubt(records: readonly PodRecord[]): void {
    const nowMs = performance.now();
    for (const record of records) {
      record.missedSinceMs ??= nowMs;
      this.#changed(record.ref.uid);
    }
    if ((records.length > 0 || this.#suspicious) && this.#options.provider.watchPods) void this.#confirm();
  }

  async #confirm(): Promise<void> {
    const { records } = this.#options;
    if (this.#confirming) return;
    // Of the others a list decides nothing: asking for one would never end.
    const isDoubted = (record: PodRecord) => record.missedSinceMs !== undefined && isExpected(record);
    this.#confirming = true;
    while (!this.#signal.aborted && (this.#suspicious || [...records.values()].some(isDoubted))) {
      await sleep(this.#apartMs, undefined, { signal: this.#signal }).catch(() => {});
      await this.#listOnce();
    }
    this.#confirming = false;
  }

  /** A pod of the backend's that the cluster does not know is treated as one whose object is gone. */
  #onOrphan(state: PodState): void {
    const { records } = this.#options;
    const { namespace, name, uid } = state;
    if (records.has(uid)) return;
    const record = newPodRecord({ namespace, name, uid });
    hear(record, state);
    records.set(uid, { ...record, objectGone: true });
    this.#changed(uid);
  }

  /** The report said no more than that it is there. */
  async #look(uid: string, call: { readonly signal: AbortSignal }): Promise<undefined> {
    const { steps, records } = this.#options;
    const record = records.get(uid);
    if (!record) return;
    await steps.look(record, call);
    if (record.missedSinceMs !== undefined) this.#doubt([record]);
    this.#changed(uid);
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
