import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesClient } from "@virtual-kubelet/kubernetes";
import type { Logger, PodRef, PodState, Provider } from "@virtual-kubelet/provider";
import type { NodeHealth, NodeVerdict } from "../../node/node-health.ts";
import type { ProviderDeadlines } from "../../provider-call.ts";
import { clusterPods } from "./cluster-pods.ts";
import type { DisappearanceLimits } from "./disappearance.ts";
import { MissedPods } from "./missed-pods.ts";
import { type CompleteList, isExpected, missedTwiceMs } from "./judge-list.ts";
import { type BackendReport, list, observePods } from "./observe-pods.ts";
import { OrphanedPods } from "./orphaned-pods.ts";
import { WorkQueue } from "../../queue/work-queue.ts";
import { type PodRecord, hasStarted, hear, mayRun, newPodRecord } from "../pod-record.ts";
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
  readonly disappearance?: DisappearanceLimits | undefined;
}

/** A provider that watches is listed all the same, this many times as rarely as one that does not: every five minutes. */
const pollsPerRelist = 60;

/** How far apart the lists are at least that decide together. Milliseconds. */
const leastApartMs = 100;

const listed: NodeVerdict = {
  type: "PodsObserved",
  status: "True",
  reason: "ListComplete",
  message: "The backend tells what pods it has",
};

/** What changed in what is observed: a pod, or that everything there is is known now. */
export type BackendChange = { readonly type: "pod"; readonly uid: string } | { readonly type: "known" };

/** Keeps the observed side of the records: what the backend reports, what it no longer has, what the cluster does not know. */
export class BackendView {
  readonly #options: BackendViewOptions;
  readonly #orphans: OrphanedPods;
  readonly #missed: MissedPods;
  readonly #looks: WorkQueue;
  readonly #changes: BackendChange[] = [];
  #signal: AbortSignal = AbortSignal.abort();
  #wake: () => void = () => {};
  #known = false;
  #failures = 0;

  constructor(options: BackendViewOptions) {
    this.#options = options;
    const { client, nodeName, logger, records } = options;
    // Of lists without a pause between them the second says nothing that the first did not.
    const apartMs = Math.max(options.missedTwiceMs ?? missedTwiceMs, leastApartMs);
    const { health, disappearance: limits } = options;
    const isPolled = options.provider.watchPods === undefined;
    this.#orphans = new OrphanedPods({
      logger,
      afterMs: apartMs,
      health,
      limits,
      listCluster: (signal) => clusterPods({ client, nodeName }, signal),
      listBackend: isPolled ? async () => {} : () => this.#listOnce(),
      others: () => [...records.values()].filter(isOfCluster).length,
    });
    this.#missed = new MissedPods({
      records,
      health,
      logger,
      apartMs,
      limits,
      isPolled,
      list: () => this.#listOnce(),
      look: (uid) => this.#looks.add(uid),
      changed: (uid) => this.#changed(uid),
    });
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
    this.#missed.clusterListed();
  }

  /** A list of the cluster's lacks the pod. What the backend has of it may be an orphan; of what it has nothing, nothing is left. */
  disown(record: PodRecord): void {
    const { ref, observed, pod, stop } = record;
    // As long as the backend has not been heard, it may have anything that ever started.
    const mayBeThere = mayRun(record) || !this.#known || (pod !== undefined && hasStarted(pod));
    // One that was asked to end was meant to go.
    if (!mayBeThere || stop) record.objectGone = true;
    else {
      record.objectMissing = true;
      this.#orphans.suspect(observed.type === "present" ? observed.state : ref);
    }
    this.#changed(ref.uid);
  }

  /** The cluster knows the pod: hands the record what the backend has said of it before. */
  claim(record: PodRecord): void {
    const state = this.#orphans.claim(record.ref.uid);
    if (record.objectMissing || !state) {
      record.objectMissing = false;
      return;
    }
    record.observed = { type: "present", state };
    if (!state.status) this.#looks.add(state.uid);
  }

  /** Whether the backend runs a pod of this name that the cluster has not told of. */
  runsNamesake(ref: PodRef): boolean {
    return this.#orphans.hasNamesake(ref);
  }

  /** Observes until aborted. The records are up to date before a change is yielded. */
  async *run({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<BackendChange, void> {
    this.#signal = signal;
    this.#missed.begin(signal);
    await using _looks = this.#looks;
    const over = new AbortController();
    const end = () => {
      over.abort();
      this.#wake();
    };
    const following = Promise.all([this.#follow(), this.#followOrphans(), this.#relist()]);
    // Should one of them fail, it is said below.
    following.catch(end);
    signal.addEventListener("abort", end, { once: true });
    while (!over.signal.aborted) {
      yield* this.#changes.splice(0);
      if (this.#changes.length > 0) continue;
      await new Promise<void>((resolve) => (over.signal.aborted ? resolve() : (this.#wake = resolve)));
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
    else this.#onFailed(report.error);
  }

  /** One failure is no outage. */
  #onFailed(error: unknown): void {
    if (++this.#failures < 2) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#options.health.set({ type: "PodsObserved", status: "False", reason: "ListFailed", message });
  }

  #onState(state: PodState, begunAtMs = Infinity): void {
    const { uid } = state;
    const record = this.#options.records.get(uid);
    if (!record) {
      this.#orphans.suspect(state);
      return;
    }
    if (record.heardAtMs > begunAtMs) return;
    if (record.objectMissing) this.#orphans.suspect(state);
    // A list repeats what is known: that wakes nobody, and cuts no pause short that a failed change has to make.
    if (hear(record, state)) this.#changed(uid);
    if (!state.status) this.#looks.add(uid);
  }

  #onGone(uid: string): void {
    const record = this.#options.records.get(uid);
    if (!record?.objectMissing) this.#orphans.gone(uid);
    if (!record) return;
    if (record.stop) Object.assign(record, { observed: { type: "absent" }, heardAtMs: performance.now() });
    else this.#missed.doubt([record]);
    this.#changed(uid);
  }

  #onComplete(complete: CompleteList): void {
    const { health, records } = this.#options;
    this.#failures = 0;
    health.set(listed);
    this.#orphans.retain(complete, (uid) => records.get(uid)?.objectMissing ?? false);
    this.#missed.take(complete);
    if (this.#known) return;
    this.#known = true;
    this.#push({ type: "known" });
  }

  /** A pod of the backend's that the cluster does not know is treated as one whose object is gone. */
  #onOrphan(state: PodState): void {
    const { records } = this.#options;
    const { namespace, name, uid } = state;
    const known = records.get(uid);
    if (known?.objectMissing) {
      Object.assign(known, { objectMissing: false, objectGone: true });
      this.#changed(uid);
    }
    if (known) return;
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
    this.#missed.looked(record);
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

/** Whether the cluster has the pod, and the backend should. */
function isOfCluster(record: PodRecord): boolean {
  return !record.objectMissing && !record.objectGone && isExpected(record);
}
