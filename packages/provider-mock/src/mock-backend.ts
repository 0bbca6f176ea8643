import type { Pod, PodStatus } from "@virtual-kubelet/kubernetes";
import { PodFeed, finished, refOf, running, waiting } from "@virtual-kubelet/pod-toolkit";
import type { PodEvent, PodRef, PodState } from "@virtual-kubelet/provider";

interface MockPod {
  pod: Pod;
  readonly startedAt: string;
  /** When ephemeral containers came to it. */
  readonly added: Map<string, string>;
  /** Settles with the exit code of its containers. */
  readonly end: PromiseWithResolvers<number>;
  state: PodState;
  timer?: NodeJS.Timeout;
}

/** What a process exits with that is killed. */
const killed = 137;

/** A backend in memory: its pods run as soon as they are told to, and do nothing. */
export class MockBackend {
  readonly #pods = new Map<string, MockPod>();
  readonly #feeds = new Set<PodFeed>();
  readonly #podIP: string;

  constructor({ podIP = "10.99.0.1" }: { readonly podIP?: string } = {}) {
    this.#podIP = podIP;
  }

  start(pod: Pod, { revision, delayMs }: { readonly revision: string; readonly delayMs: number }): void {
    const { uid } = pod.metadata;
    if (this.#pods.has(uid)) return;
    const startedAt = new Date().toISOString();
    const status = waiting(pod, { reason: "ContainerCreating" }, { startedAt });
    const end = Promise.withResolvers<number>();
    const entry: MockPod = { pod, startedAt, added: new Map(), end, state: { ...refOf(pod), revision, status } };
    this.#pods.set(uid, entry);
    this.#after(entry, delayMs, () => this.#run(entry));
  }

  /** Ends a pod. One that has ended is forgotten. */
  stop({ uid }: PodRef, { delayMs }: { readonly delayMs: number }): void {
    const entry = this.#pods.get(uid);
    if (!entry) return;
    if (hasEnded(entry.state)) {
      this.#pods.delete(uid);
      for (const feed of this.#feeds) feed.gone(refOf(entry.pod));
      return;
    }
    this.#after(entry, delayMs, () => this.finish(uid, 0));
  }

  /** Lets all containers of a pod end with this exit code. */
  finish(uid: string, exitCode: number): void {
    const entry = this.#pods.get(uid);
    if (!entry) return;
    const { pod, startedAt } = entry;
    const facts = { startedAt, podIP: this.#podIP, hostIP: this.#podIP };
    entry.end.resolve(exitCode);
    this.#set(entry, finished(pod, { exitCode, startedAt, finishedAt: new Date().toISOString() }, facts));
  }

  /** Ephemeral containers run from then on; nothing else changes what there is to be seen. */
  update(pod: Pod, revision: string): void {
    const entry = this.#pods.get(pod.metadata.uid);
    if (!entry) return;
    entry.pod = pod;
    entry.state = { ...entry.state, revision };
    if (entry.state.status?.phase === "Running") this.#run(entry);
    else this.#publish(entry, entry.state);
  }

  /** Loses a pod, as a backend does that is tampered with. */
  lose(uid: string): void {
    clearTimeout(this.#pods.get(uid)?.timer);
    this.#pods.get(uid)?.end.resolve(killed);
    this.#pods.delete(uid);
  }

  /** Resolves with the exit code once the pod's containers have ended; 137 when the pod is lost. */
  async ended(uid: string): Promise<number> {
    return this.#pods.get(uid)?.end.promise ?? killed;
  }

  get(uid: string): PodState | undefined {
    return this.#pods.get(uid)?.state;
  }

  list(): readonly PodState[] {
    return [...this.#pods.values()].map(({ state }) => state);
  }

  watch(signal: AbortSignal): AsyncIterable<PodEvent> {
    const feed = new PodFeed();
    for (const state of this.list()) feed.state(state);
    this.#feeds.add(feed);
    return this.#read(feed, signal);
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#pods.values()) clearTimeout(timer);
  }

  async *#read(feed: PodFeed, signal: AbortSignal): AsyncGenerator<PodEvent, void> {
    try {
      yield* feed.read(signal);
    } finally {
      this.#feeds.delete(feed);
    }
  }

  #run(entry: MockPod): void {
    const { pod, startedAt, added } = entry;
    const now = new Date().toISOString();
    for (const { name } of pod.spec.ephemeralContainers ?? []) if (!added.has(name)) added.set(name, now);
    const status = running(pod, { startedAt, podIP: this.#podIP, hostIP: this.#podIP });
    const ephemeral = status.ephemeralContainerStatuses?.map((one) => ({
      ...one,
      state: { running: { startedAt: added.get(one.name) ?? now } },
    }));
    this.#set(entry, { ...status, ...(ephemeral ? { ephemeralContainerStatuses: ephemeral } : {}) });
  }

  #set(entry: MockPod, status: PodStatus): void {
    this.#publish(entry, { ...entry.state, status });
  }

  #publish(entry: MockPod, state: PodState): void {
    entry.state = state;
    for (const feed of this.#feeds) feed.state(state);
  }

  #after(entry: MockPod, delayMs: number, act: () => void): void {
    clearTimeout(entry.timer);
    if (delayMs === 0) act();
    else entry.timer = setTimeout(act, delayMs);
  }
}

function hasEnded({ status }: PodState): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
