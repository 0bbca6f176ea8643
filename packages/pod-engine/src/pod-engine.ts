import { setTimeout as sleep } from "node:timers/promises";
import { PodFeed, refOf } from "@virtual-kubelet/pod-toolkit";
import type { Pod } from "@virtual-kubelet/kubernetes";
import {
  type AdoptCall,
  type Call,
  type ContainerRef,
  type CreateCall,
  type DeleteCall,
  type PodEvent,
  type PodRef,
  type PodState,
  type ProviderContext,
  ProviderError,
  type UpdateCall,
} from "@virtual-kubelet/provider";
import type { ContainerInstance, ContainerRuntime, PodRecord, RuntimeEvent } from "./container-runtime.ts";
import { PodWorker, type WorkerSettings } from "./pod-worker.ts";
import { type Backoff, kubeletBackoff } from "./restart-rules.ts";

export interface PodEngineOptions {
  readonly runtime: ContainerRuntime;
  readonly context: ProviderContext;
  /** Where the pods' processes listen, and the node's own addresses. */
  readonly addresses?: { readonly podIPs: readonly string[]; readonly hostIPs: readonly string[] };
  /** Kubelet's ten seconds to five minutes, when absent. */
  readonly backoff?: Backoff;
}

const firstPauseMs = 100;
const longestPauseMs = 5000;

/**
 * A kubelet's pod loop. Its methods are a provider's verbs; a provider hands them on. It holds nothing that the runtime
 * does not keep, so that it may end at any moment: a new engine on the same runtime goes on where this one was.
 */
export class PodEngine implements AsyncDisposable {
  readonly #options: PodEngineOptions;
  readonly #settings: WorkerSettings;
  readonly #workers = new Map<string, PodWorker>();
  readonly #feeds = new Set<PodFeed>();
  /** What each pod's readers have been told last, as JSON. */
  readonly #told = new Map<string, string>();
  /** Pods accepted since the runtime was last listed: that list may lack them. */
  readonly #recent = new Set<string>();
  readonly #end = new AbortController();
  readonly #observing: Promise<void>;
  #synced = Promise.withResolvers<void>();
  #isSynced = false;
  /** Why the runtime was lost last, or not found. */
  #lost: unknown;

  constructor(options: PodEngineOptions) {
    this.#options = options;
    const { runtime, context, addresses = { podIPs: [], hostIPs: [] }, backoff = kubeletBackoff } = options;
    this.#settings = { runtime, context, addresses, backoff, changed: (worker) => this.#publish(worker) };
    this.#observing = this.#observe();
  }

  async createPod(pod: Pod, call: CreateCall): Promise<void> {
    await this.#ready(call);
    const existing = this.#workers.get(pod.metadata.uid);
    if (existing) return existing.adopt();
    const record = { pod: withoutStatus(pod), revision: call.revision, acceptedAtMs: Date.now() };
    await this.#options.runtime.keepPod(record, call);
    if (this.#workers.has(pod.metadata.uid)) return this.#workers.get(pod.metadata.uid)?.adopt();
    // Now, and not before: a list that began while it was being kept may lack it, too.
    this.#recent.add(pod.metadata.uid);
    const worker = new PodWorker(record, true, this.#settings);
    this.#workers.set(pod.metadata.uid, worker);
    worker.step();
  }

  /**
   * Keeps the new pod, which starts and the deadline go by from now on: what is added is started, a container whose image has
   * changed is replaced, and all others stay as they are.
   */
  async updatePod(pod: Pod, call: UpdateCall): Promise<void> {
    await this.#ready(call);
    const worker = this.#workers.get(pod.metadata.uid);
    if (!worker) throw new ProviderError("NotFound", `Pod ${pod.metadata.namespace}/${pod.metadata.name} is not here.`);
    await this.#keep(worker, { ...worker.record, pod: withoutStatus(pod), revision: call.revision }, call);
    worker.adopt();
  }

  /** Until the node has adopted a pod, none of its containers is started. */
  async adoptPod(pod: Pod, call: AdoptCall): Promise<void> {
    await this.#ready(call);
    this.#workers.get(pod.metadata.uid)?.adopt();
  }

  /** The first call begins the end; one that finds everything ended frees what is kept, and the pod is gone. */
  async deletePod(pod: PodRef, call: DeleteCall): Promise<void> {
    await this.#ready(call);
    const worker = this.#workers.get(pod.uid);
    if (!worker) return;
    if (worker.ended) {
      await this.#options.runtime.forgetPod(pod.uid, call);
      return this.#remove(worker);
    }
    const deletion = { requestedAtMs: Date.now(), gracePeriodSeconds: call.gracePeriodSeconds };
    const known = worker.record.deletion;
    if (known && killAt(known) <= killAt(deletion)) return worker.step();
    try {
      await this.#options.runtime.keepPod({ ...worker.record, deletion }, call);
    } finally {
      // Also when it cannot be kept: on a full disk nothing else makes room. A new engine is told again by the node.
      worker.setRecord({ ...worker.record, deletion });
    }
  }

  async getPod(pod: PodRef, call: Call): Promise<PodState | undefined> {
    await this.#ready(call);
    return this.#workers.get(pod.uid)?.state;
  }

  async getPods(call: Call): Promise<readonly PodState[]> {
    await this.#ready(call);
    return [...this.#workers.values()].map(({ state }) => state);
  }

  async *watchPods(call: Call): AsyncGenerator<PodEvent> {
    await this.#ready(call);
    const feed = new PodFeed();
    for (const { state } of this.#workers.values()) feed.state(state);
    this.#feeds.add(feed);
    try {
      yield* feed.read(AbortSignal.any([call.signal, this.#end.signal]));
    } finally {
      this.#feeds.delete(feed);
    }
  }

  /** The runs of a container that are kept, the newest first. `NotFound` when the pod or the container is unknown. */
  async runsOf({ pod, container }: ContainerRef, call: Call): Promise<readonly ContainerInstance[]> {
    await this.#ready(call);
    const worker = this.#workers.get(pod.uid);
    if (!worker) throw new ProviderError("NotFound", `Pod ${pod.namespace}/${pod.name} is not here.`);
    const { containers, initContainers = [], ephemeralContainers = [] } = worker.record.pod.spec;
    if (![...initContainers, ...containers, ...ephemeralContainers].some(({ name }) => name === container)) {
      throw new ProviderError("NotFound", `Pod ${pod.namespace}/${pod.name} has no container "${container}".`);
    }
    return worker.runsOf(container);
  }

  /** Ends the engine, not the pods. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    for (const worker of this.#workers.values()) worker.close();
    await this.#observing;
  }

  /** Resolves once it is known what the runtime has. */
  async #ready({ signal }: Call): Promise<void> {
    const ended = Promise.withResolvers<never>();
    const abort = () => ended.reject(this.#unreachable());
    const signals = [signal, this.#end.signal];
    for (const each of signals) each.addEventListener("abort", abort, { once: true });
    if (signals.some(({ aborted }) => aborted)) abort();
    try {
      await Promise.race([this.#synced.promise, ended.promise]);
    } finally {
      ended.promise.catch(() => undefined);
      for (const each of signals) each.removeEventListener("abort", abort);
    }
  }

  #unreachable(): ProviderError {
    const why = this.#lost instanceof Error ? `: ${this.#lost.message}` : ".";
    return new ProviderError("Unavailable", `The container runtime is out of reach${why}`, { cause: this.#lost });
  }

  async #keep(worker: PodWorker, record: PodRecord, call: Call): Promise<void> {
    await this.#options.runtime.keepPod(record, call);
    worker.setRecord(record);
  }

  async #observe(): Promise<void> {
    const { signal } = this.#end;
    const { runtime, context } = this.#options;
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        this.#recent.clear();
        const snapshot: RuntimeEvent[] = [];
        let isComplete = false;
        for await (const event of runtime.watch({ signal })) {
          if (isComplete) this.#apply(event);
          else if (event.type === "synced") {
            isComplete = true;
            pauseMs = firstPauseMs;
            this.#resync(snapshot);
          } else snapshot.push(event);
        }
      } catch (error) {
        this.#lost = error;
        if (!signal.aborted) context.logger.warn({ err: error }, "Lost the container runtime; trying again");
      }
      if (this.#isSynced) this.#synced = Promise.withResolvers();
      this.#isSynced = false;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  #resync(snapshot: readonly RuntimeEvent[]): void {
    const instances = Map.groupBy(
      snapshot.flatMap((event) => (event.type === "instance" ? [event.instance] : [])),
      ({ podUid }) => podUid,
    );
    const records = snapshot.flatMap((event) => (event.type === "pod" ? [event.record] : []));
    const listed = new Set(records.map(({ pod }) => pod.metadata.uid));
    for (const [uid, worker] of this.#workers) {
      if (!listed.has(uid) && !this.#recent.has(uid)) this.#remove(worker);
    }
    for (const record of records) {
      const { uid } = record.pod.metadata;
      const worker = this.#workers.get(uid) ?? new PodWorker(record, false, this.#settings);
      this.#workers.set(uid, worker);
      worker.resync(instances.get(uid) ?? []);
    }
    this.#isSynced = true;
    this.#synced.resolve();
  }

  #apply(event: RuntimeEvent): void {
    if (event.type === "instance") this.#workers.get(event.instance.podUid)?.observe(event.instance);
  }

  #publish({ state }: PodWorker): void {
    const text = JSON.stringify(state);
    if (this.#told.get(state.uid) === text) return;
    this.#told.set(state.uid, text);
    for (const feed of this.#feeds) feed.state(state);
  }

  #remove(worker: PodWorker): void {
    const ref = refOf(worker.record.pod);
    worker.close();
    this.#workers.delete(ref.uid);
    this.#told.delete(ref.uid);
    for (const feed of this.#feeds) feed.gone(ref);
  }
}

function killAt(deletion: NonNullable<PodRecord["deletion"]>): number {
  return deletion.requestedAtMs + deletion.gracePeriodSeconds * 1000;
}

function withoutStatus({ status: _status, ...pod }: Pod): Pod {
  return pod;
}
