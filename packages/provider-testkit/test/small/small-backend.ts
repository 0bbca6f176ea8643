import { setTimeout as sleep } from "node:timers/promises";
import { type PodRef, ProviderError } from "@virtual-kubelet/provider";
import type { Faults } from "../../src/index.ts";
import type { Quirks, SmallPod } from "./small-pod.ts";

type Trouble = "unreachable" | "hang" | "partialList" | "loseWatch" | { readonly retryAfterMs: number };

/** What outlives every provider: the pods, and what is wrong at the moment. */
export class SmallBackend {
  readonly pods: Map<string, SmallPod> = new Map();
  readonly quirks: Quirks = {};
  /** Told of each pod that has changed, and of each that is gone. */
  readonly listeners: Set<SmallListener> = new Set();
  /** Commands that were started by exec and stay. */
  readonly staying: Set<string> = new Set();
  readonly #troubles = new Set<Trouble>();
  readonly #shownAt = new Map<string, number>();
  #delayMs = 0;

  readonly faults: Required<Faults> = {
    throttle: ({ retryAfterMs }) => this.#begin({ retryAfterMs }),
    unreachable: () => this.#begin("unreachable"),
    hang: () => this.#begin("hang"),
    partialList: () => this.#begin("partialList"),
    loseWatch: () => {
      for (const listener of this.listeners) listener.lost();
      return this.#begin("loseWatch");
    },
    delayVisibility: ({ delayMs }) => {
      this.#delayMs = delayMs;
      return { end: () => sleep(delayMs) };
    },
  };

  has(trouble: Trouble): boolean {
    return this.#troubles.has(trouble);
  }

  /** What each request goes through. */
  async request(signal: AbortSignal): Promise<void> {
    for (const trouble of this.#troubles) {
      if (typeof trouble === "object") throw new ProviderError("Throttled", "Too many requests: come later.", trouble);
      if (trouble === "unreachable") throw new ProviderError("Unavailable", "The backend refuses the connection.");
    }
    while (this.has("hang") && !signal.aborted) await sleep(2);
    if (signal.aborted) throw new ProviderError("DeadlineExceeded", "The backend did not answer in time.");
  }

  add(pod: SmallPod): void {
    const { uid } = pod.pod.metadata;
    this.pods.set(uid, pod);
    if (this.#delayMs > 0) this.#shownAt.set(uid, Date.now() + this.#delayMs);
    pod.start();
    this.changed(pod);
  }

  /** Whether the backend does not tell of a pod yet that it has accepted. */
  isHidden(uid: string): boolean {
    return (this.#shownAt.get(uid) ?? 0) > Date.now();
  }

  /** Whether there was a time when it did not tell of it. */
  wasHidden(uid: string): boolean {
    return this.#shownAt.has(uid);
  }

  shown(): readonly SmallPod[] {
    return [...this.pods.values()].filter(({ pod }) => !this.isHidden(pod.metadata.uid));
  }

  changed(pod: SmallPod): void {
    if (this.pods.get(pod.pod.metadata.uid) === pod) for (const listener of this.listeners) listener.state(pod);
  }

  remove(ref: PodRef): void {
    const pod = this.pods.get(ref.uid);
    if (!pod) return;
    for (const container of [...pod.inits, ...pod.containers]) container.end(137);
    this.pods.delete(ref.uid);
    for (const listener of this.listeners) listener.gone(pod);
  }

  #begin(trouble: Trouble) {
    this.#troubles.add(trouble);
    return { end: () => void this.#troubles.delete(trouble) };
  }
}

export interface SmallListener {
  state(pod: SmallPod): void;
  gone(pod: SmallPod): void;
  lost(): void;
}
