import type { PodEvent, PodRef, PodState } from "@virtual-kubelet/provider";

/**
 * What one reader of `watchPods` has still to hear: the newest state of each pod, and after it that the pod is gone. A slow
 * reader costs no more than its pods. Put in what is there before it is read, and then each change.
 */
export class PodFeed {
  readonly #pending = new Map<string, { readonly state?: PodState; readonly gone?: PodRef }>();
  #isSynced = false;
  #wake: (() => void) | undefined;

  state(pod: PodState): void {
    // One that was gone and is back is there: who has not heard of the end yet need not.
    this.#pending.set(pod.uid, { state: pod });
    this.#wake?.();
  }

  gone(pod: PodRef): void {
    const entry = this.#pending.get(pod.uid);
    this.#pending.set(pod.uid, { ...entry, gone: pod });
    this.#wake?.();
  }

  /** Yields until aborted; `synced` after what was there when the reading began. */
  async *read(signal: AbortSignal): AsyncGenerator<PodEvent> {
    const wake = () => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        yield* this.#take();
        if (this.#pending.size > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  *#take(): Generator<PodEvent> {
    for (const [uid, { state, gone }] of this.#pending) {
      // A map may lose what is being visited; what is added meanwhile is visited too.
      this.#pending.delete(uid);
      if (state) yield { type: "state", pod: state };
      if (gone) yield { type: "gone", pod: gone };
    }
    if (!this.#isSynced) {
      this.#isSynced = true;
      yield { type: "synced" };
    }
  }
}
