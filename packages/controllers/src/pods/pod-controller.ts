import { type KubernetesClient, type Node, ObjectWatch, type Pod, resources } from "@virtual-kubelet/kubernetes";
import type { Logger, PodRef, Provider } from "@virtual-kubelet/provider";
import type { PodEvents } from "../events/pod-events.ts";
import type { NodeHealth } from "../node/node-health.ts";
import { type ProviderDeadlines, defaultDeadlines } from "../provider-call.ts";
import { type WorkCall, WorkQueue } from "../queue/work-queue.ts";
import type { AdmissionPolicy } from "./admission/pod-admission.ts";
import type { DisappearanceLimits } from "./backend/disappearance.ts";
import { AwaitedReferences } from "./awaited-references.ts";
import { BackendView } from "./backend/backend-view.ts";
import { planPod } from "./plan-pod.ts";
import { PodAccounts } from "./pod-accounts.ts";
import { PodCensus } from "./pod-census.ts";
import type { PodFollower } from "./pod-follower.ts";
import { type PodRecord, isTerminal, mayRun, newPodRecord, see } from "./pod-record.ts";
import { podRevision, revisionOf } from "./pod-revision.ts";
import { PodStatusReporter } from "./status/pod-status-reporter.ts";
import { PodSteps } from "./pod-steps.ts";
import { tellState } from "./tell-state.ts";

export interface PodControllerOptions extends AdmissionPolicy {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  readonly provider: Provider;
  readonly events: PodEvents;
  /** Follows what pods refer to. Absent: nobody does, and pods that lack something are looked at again after a while. */
  readonly follower?: PodFollower | undefined;
  readonly health: NodeHealth;
  /** The node as the cluster shows it, `undefined` as long as it does not: no pod is let in before. Absent: every pod fits. */
  readonly node?: (() => Node | undefined) | undefined;
  readonly logger: Logger;
  readonly deadlines?: ProviderDeadlines | undefined;
  /** The pause between two lists of a provider that cannot watch. Milliseconds; 5,000. */
  readonly pollMs?: number | undefined;
  /** How far apart two lists must be for what both lack to be lost, or to be an orphan. Milliseconds; 30,000. */
  readonly missedTwiceMs?: number | undefined;
  /** How much may be missing from one list before it counts as faulty. */
  readonly disappearance?: DisappearanceLimits | undefined;
  /** How many pods are changed at once; 64. */
  readonly concurrency?: number | undefined;
}

const repeatStopMs = 10_000;

/** Keeps the pods of one node and their backend together: what the cluster wants on one side, what is observed on the other. */
export class PodController {
  readonly #options: PodControllerOptions;
  readonly #records = new Map<string, PodRecord>();
  readonly #watch: ObjectWatch<Pod>;
  readonly #queue: WorkQueue;
  readonly #reporter: PodStatusReporter;
  readonly #steps: PodSteps;
  readonly #awaited: AwaitedReferences;
  readonly #backend: BackendView;
  readonly #census: PodCensus;
  readonly #accounts: PodAccounts;
  readonly #synced = Promise.withResolvers<void>();
  /** Whether each pod of the cluster's first complete list has come. */
  #clusterKnown = false;

  constructor(options: PodControllerOptions) {
    this.#options = options;
    const { client, nodeName, provider, events, logger, deadlines = defaultDeadlines } = options;
    this.#watch = new ObjectWatch({
      client,
      resource: resources.pods,
      fieldSelector: `spec.nodeName=${nodeName}`,
      logger,
    });
    this.#census = new PodCensus({ nodeName, pods: () => this.pods() });
    this.#reporter = new PodStatusReporter({ client, logger, records: this.#records });
    this.#accounts = new PodAccounts({ ...options, features: provider.features });
    this.#steps = new PodSteps({
      client,
      provider,
      deadlines,
      reporter: this.#reporter,
      events,
      capacity: this.#accounts.capacity,
    });
    this.#awaited = new AwaitedReferences({ follower: options.follower, again: (uid) => this.#queue.add(uid) });
    this.#backend = new BackendView({ ...options, deadlines, records: this.#records, steps: this.#steps });
    this.#queue = new WorkQueue({
      name: "pods",
      concurrency: options.concurrency ?? 64,
      retry: { firstMs: 500, maxMs: 60_000 },
      handle: (uid, call) => this.#bringUpToDate(uid, call),
      onError: (uid, error, retryInMs) =>
        logger.warn(
          { err: error, pod: this.#records.get(uid)?.ref, retryInMs },
          "a pod could not be brought up to date",
        ),
    });
  }

  /** Resolves when the cluster's pods and the backend's are both known. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** The pods of this node, newest versions. */
  pods(): readonly Pod[] {
    return [...this.#records.values()].flatMap(({ pod, objectGone }) => (pod && !objectGone ? [pod] : []));
  }

  pod(uid: string): Pod | undefined {
    const record = this.#records.get(uid);
    return record?.objectGone ? undefined : record?.pod;
  }

  find(name: { readonly namespace: string; readonly name: string; readonly uid?: string }): Pod | undefined {
    const pod = name.uid === undefined ? this.#watch.store.find(name) : this.#watch.store.get(name.uid);
    return pod && pod.metadata.namespace === name.namespace && pod.metadata.name === name.name
      ? this.pod(pod.metadata.uid)
      : undefined;
  }

  /** Looks again at the pods that wait for room: the node has changed, or a pod has left it. */
  reconsider(): void {
    for (const uid of this.#accounts.reconsider()) this.#queue.add(uid);
  }

  /** Runs until aborted; resolves when all that it began has ended. What runs in the backend stays. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    try {
      await Promise.all([this.#followCluster(signal), this.#followBackend(signal), this.#followOutages(signal)]);
    } finally {
      // Together: a removal may wait for a status that is being written.
      await Promise.all([this.#queue[Symbol.asyncDispose](), this.#reporter[Symbol.asyncDispose]()]);
      this.#census[Symbol.dispose]();
      this.#awaited[Symbol.dispose]();
    }
  }

  async #followCluster(signal: AbortSignal): Promise<void> {
    for await (const change of this.#watch.run({ signal })) {
      if (change.type === "synced") {
        const isFirst = !this.#clusterKnown;
        this.#clusterKnown = true;
        this.#backend.clusterListed();
        this.#announce({ everyPod: isFirst });
        this.#census.changed();
      } else if (!isStatic(change.object)) {
        this.#census.changed();
        if (change.type === "set") this.#onPodSet(change.object);
        else this.#onPodGone(change.object, { isMissing: change.isMissing ?? false });
      }
    }
  }

  async #followBackend(signal: AbortSignal): Promise<void> {
    for await (const change of this.#backend.run({ signal })) {
      if (change.type === "known") this.#announce({ everyPod: true });
      else {
        this.#queue.add(change.uid);
        this.#reporter.add(change.uid);
      }
    }
  }

  /** What could not be written while the API server was away is written when it is back, not when its next try is due. */
  async #followOutages(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isBack = await this.#options.client.untilBack({ signal, timeoutMs: Number.POSITIVE_INFINITY });
      if (!isBack) return;
      this.#queue.retryNow();
      this.#reporter.retryNow();
    }
  }

  #onPodSet(pod: Pod): void {
    const { uid } = pod.metadata;
    const record = this.#recordOf(pod.metadata);
    const newest = see(record, pod);
    const wasMissing = record.objectMissing;
    if (wasMissing) this.#backend.claim(record);
    record.objectGone = false;
    this.#options.follower?.podChanged(uid);
    const { deletionTimestamp } = newest.metadata;
    if (deletionTimestamp) record.creating?.abort(new Error("the pod is being deleted"));
    // Not compared with the version before: the answer to a write of ours may have brought the change already.
    if (wasMissing || record.plannedFor !== wantsOf(newest))
      this.#queue.add(uid, { urgent: deletionTimestamp !== undefined });
    this.#reporter.add(uid);
  }

  #onPodGone(pod: Pod, { isMissing }: { readonly isMissing: boolean }): void {
    const record = this.#recordOf(pod.metadata);
    record.pod ??= pod;
    if (isMissing) this.#backend.disown(record);
    else record.objectGone = true;
    if (record.objectGone) this.#options.follower?.forget(record.ref.uid);
    record.creating?.abort(new Error("the pod was removed"));
    this.#queue.add(record.ref.uid, { urgent: true });
  }

  async #bringUpToDate(uid: string, call: WorkCall): Promise<{ readonly againInMs: number } | undefined> {
    for (let steps = 0; steps < 8; steps++) {
      const record = this.#records.get(uid);
      if (!record) return undefined;
      if (record.objectGone || isTerminal(record.pod?.status?.phase)) this.#options.follower?.forget(uid);
      if (!this.#options.provider.recordsEvents) tellState(record, this.#options.events);
      if (this.#accounts.settle(record)) this.reconsider();
      if (this.#backend.isKnown && this.#clusterKnown && !record.objectGone) this.#admit(record);
      if (record.pod) record.plannedFor = wantsOf(record.pod);
      const revision = revisionOf(record);
      if (record.unapplied?.revision !== revision) delete record.unapplied;
      const step = planPod(record, {
        nowMs: performance.now(),
        now: new Date(),
        backendKnown: this.#backend.isKnown,
        namesakeLives: this.#isNameTaken(record),
        revision,
        repeatStopMs,
      });
      if (step.type === "forget") this.#forget(record);
      if (step.type === "wait" || step.type === "forget") {
        return step.type === "wait" && step.forMs !== undefined ? { againInMs: Math.max(step.forMs, 10) } : undefined;
      }
      this.#options.logger.debug({ pod: record.ref, step: step.type }, "pod step");
      const result = await this.#steps.take(step, record, { ...call, revision });
      this.#awaited.settle(record);
      this.#reporter.add(uid, { delayMs: step.type === "create" ? 1_000 : 0 });
      if (result) return result;
    }
    return { againInMs: 1_000 };
  }

  #admit(record: PodRecord): void {
    const { refusal } = record;
    this.#accounts.admit(record);
    if (record.refusal !== refusal) this.#reporter.add(record.ref.uid);
  }

  #forget(record: PodRecord): void {
    this.#records.delete(record.ref.uid);
    this.#awaited.end(record.ref.uid);
    if (this.#accounts.leave(record)) this.reconsider();
    for (const { ref } of this.#namesakes(record)) this.#queue.add(ref.uid);
  }

  #isNameTaken(record: PodRecord): boolean {
    if (!this.#options.provider.oneLifePerName) return false;
    return this.#namesakes(record).some(mayRun) || this.#backend.runsNamesake(record.ref);
  }

  /** Other lives of the same name, where the backend cannot have both. */
  #namesakes({ ref }: PodRecord): readonly PodRecord[] {
    if (!this.#options.provider.oneLifePerName) return [];
    return [...this.#records.values()].filter(
      (other) => other.ref.name === ref.name && other.ref.namespace === ref.namespace && other.ref.uid !== ref.uid,
    );
  }

  /** Cluster or backend has been heard in full. What waited for that goes on. */
  #announce({ everyPod = false }: { readonly everyPod?: boolean } = {}): void {
    // What runs is counted before anybody new is let in.
    if (everyPod) for (const record of this.#records.values()) this.#accounts.count(record);
    if (everyPod) for (const uid of this.#records.keys()) this.#queue.add(uid);
    if (this.#clusterKnown && this.#backend.isKnown) this.#synced.resolve();
  }

  #recordOf({ namespace, name, uid }: PodRef): PodRecord {
    const known = this.#records.get(uid);
    if (known) return known;
    const record = newPodRecord({ namespace, name, uid });
    this.#records.set(uid, record);
    this.#backend.claim(record);
    return record;
  }
}

/** What of a pod decides its next step; a change of anything else need not wake anybody. */
function wantsOf(pod: Pod): string {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = pod.metadata;
  return JSON.stringify([
    podRevision(pod),
    deletionTimestamp,
    deletionGracePeriodSeconds,
    finalizers,
    isTerminal(pod.status?.phase),
  ]);
}

/** A mirror of a pod that some kubelet runs from a file: not for us. */
function isStatic({ metadata }: Pod): boolean {
  return (
    metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined ||
    metadata.annotations?.["kubernetes.io/config.source"] === "file"
  );
}
