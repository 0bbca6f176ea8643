import type { PodFollower } from "./pod-follower.ts";
import type { PodRecord } from "./pod-record.ts";

export interface AwaitedReferencesOptions {
  readonly follower: PodFollower | undefined;
  /** The pod is to be looked at again. */
  readonly again: (uid: string) => void;
}

/** Waits on behalf of pods that lack something until something changes that they refer to. */
export class AwaitedReferences implements Disposable {
  readonly #options: AwaitedReferencesOptions;
  readonly #waits = new Map<string, AbortController>();

  constructor(options: AwaitedReferencesOptions) {
    this.#options = options;
  }

  /** Begins to wait, goes on, or ends, by what the last change of the pod came to. */
  settle({ ref, failure }: Pick<PodRecord, "ref" | "failure">): void {
    const { follower } = this.#options;
    if (failure?.code !== "ConfigMissing" || !follower) return this.end(ref.uid);
    if (this.#waits.has(ref.uid)) return;
    const wait = new AbortController();
    this.#waits.set(ref.uid, wait);
    follower.referencesChanged(ref, { signal: wait.signal }).then(
      () => {
        this.#forget(ref.uid, wait);
        if (!wait.signal.aborted) this.#options.again(ref.uid);
      },
      // Aborted, or the pod is gone. Who waits is looked at again after a while in any case.
      () => this.#forget(ref.uid, wait),
    );
  }

  end(uid: string): void {
    this.#waits.get(uid)?.abort();
    this.#waits.delete(uid);
  }

  [Symbol.dispose](): void {
    for (const uid of this.#waits.keys()) this.end(uid);
  }

  #forget(uid: string, wait: AbortController): void {
    if (this.#waits.get(uid) === wait) this.#waits.delete(uid);
  }
}
