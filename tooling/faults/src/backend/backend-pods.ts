import type { WorkLog } from "./work-log.ts";

/** What a pod is asked to be: everything a node needs to know its own again is in the tags. */
export interface PodOrder {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: string;
  /** The node and cluster that it is of. */
  readonly owner: string;
  readonly containers: readonly string[];
  /** How long it takes to run, once asked for. Milliseconds; at once when absent. */
  readonly startMs?: number;
  /** How long it runs, before it ends with `exitCode`. For ever when absent. */
  readonly runMs?: number;
  readonly exitCode?: number;
  /** How long it takes to end when it is asked to; longer than its grace, it is killed when that is over. */
  readonly stopMs?: number;
}

export interface BackendPod extends PodOrder {
  readonly phase: "starting" | "running" | "ended";
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly endedWith?: number;
  /** Of one that runs; absent: it is. */
  readonly isReady?: boolean;
}

interface Entry {
  pod: BackendPod;
  timer?: NodeJS.Timeout;
  stopping: boolean;
}

/** Something happened to a pod; `undefined` is its absence. */
export type PodListener = (uid: string, pod: BackendPod | undefined, order: PodOrder) => void;

/** The pods of the backend, kept by UID. What starts and stops is in the log before anybody can hear of it. */
export class BackendPods {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<PodListener>();
  readonly #log: WorkLog;

  constructor(log: WorkLog) {
    this.#log = log;
  }

  /** Idempotent by UID. */
  create(order: PodOrder): void {
    if (this.#entries.has(order.uid)) {
      this.#note("repeated", order);
      return;
    }
    const entry: Entry = { pod: { ...order, phase: "starting" }, stopping: false };
    this.#entries.set(order.uid, entry);
    this.#note("created", order);
    this.#tell(entry);
    this.#after(entry, order.startMs ?? 0, () => this.#start(entry));
  }

  update(uid: string, revision: string): boolean {
    const entry = this.#entries.get(uid);
    if (!entry) return false;
    entry.pod = { ...entry.pod, revision };
    this.#note("updated", entry.pod);
    this.#tell(entry);
    return true;
  }

  /** Asks a pod to end. One that has ended is forgotten. */
  delete(uid: string, graceMs: number): boolean {
    const entry = this.#entries.get(uid);
    if (!entry) return false;
    this.#note("deleted", entry.pod);
    if (entry.pod.phase === "ended") {
      this.#forget(entry);
      return true;
    }
    const stopMs = entry.pod.stopMs ?? 0;
    const by = stopMs > graceMs ? "grace" : "request";
    if (entry.pod.phase === "starting") this.#end(entry, 137, by);
    else if (!entry.stopping || graceMs < stopMs)
      this.#after(entry, Math.min(stopMs, graceMs), () => this.#end(entry, by === "grace" ? 137 : 0, by));
    entry.stopping = true;
    return true;
  }

  /** Ends or loses a pod behind the node's back. */
  tamper(uid: string, what: "finish" | "lose", exitCode = 0): boolean {
    const entry = this.#entries.get(uid);
    if (!entry) return false;
    if (what === "lose") this.#forget(entry, { silently: true });
    else if (entry.pod.phase === "running") this.#end(entry, exitCode, "itself");
    return true;
  }

  /** Its containers are ready if they were not, and the other way round. */
  flap(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    entry.pod = { ...entry.pod, isReady: entry.pod.isReady === false };
    this.#tell(entry);
  }

  get(uid: string): BackendPod | undefined {
    return this.#entries.get(uid)?.pod;
  }

  list(): readonly BackendPod[] {
    return [...this.#entries.values()].map(({ pod }) => pod);
  }

  listen(listener: PodListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #start(entry: Entry): void {
    entry.pod = { ...entry.pod, phase: "running", startedAt: new Date().toISOString() };
    this.#note("started", entry.pod);
    this.#tell(entry);
    const { runMs, exitCode = 0 } = entry.pod;
    if (runMs !== undefined) this.#after(entry, runMs, () => this.#end(entry, exitCode, "itself"));
  }

  #end(entry: Entry, endedWith: number, by: "request" | "itself" | "grace"): void {
    clearTimeout(entry.timer);
    const { uid, name } = entry.pod;
    if (entry.pod.phase === "running") this.#log.write({ event: "stopped", uid, name, by });
    const finishedAt = new Date().toISOString();
    entry.pod = { ...entry.pod, phase: "ended", startedAt: entry.pod.startedAt ?? finishedAt, finishedAt, endedWith };
    this.#tell(entry);
  }

  #forget(entry: Entry, { silently = false }: { readonly silently?: boolean } = {}): void {
    clearTimeout(entry.timer);
    const { uid, name, phase } = entry.pod;
    if (phase === "running") this.#log.write({ event: "stopped", uid, name, by: "outside" });
    this.#entries.delete(uid);
    if (!silently) for (const listener of this.#listeners) listener(uid, undefined, entry.pod);
  }

  #tell(entry: Entry): void {
    for (const listener of this.#listeners) listener(entry.pod.uid, entry.pod, entry.pod);
  }

  /** A call that did nothing. */
  noteCall(event: "asked" | "refused", order: PodOrder): void {
    this.#log.write({ event, uid: order.uid, name: order.name });
  }

  #note(event: "created" | "repeated" | "updated" | "deleted" | "started", { uid, name }: PodOrder): void {
    this.#log.write({ event, uid, name });
  }

  #after(entry: Entry, ms: number, act: () => void): void {
    clearTimeout(entry.timer);
    if (ms <= 0) act();
    else entry.timer = setTimeout(act, ms);
  }
}
