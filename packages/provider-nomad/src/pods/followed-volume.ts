import type { Call, PodRef, ProviderContext, VolumeFiles } from "@virtual-kubelet/provider";

/** What is in a volume of a pod: at first, and after each change. */
export class FollowedVolume implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #contents: AsyncIterator<VolumeFiles>;

  constructor(context: ProviderContext, { pod, volume }: { readonly pod: PodRef; readonly volume: string }) {
    this.#contents = context.volume(pod, { volume, signal: this.#end.signal })[Symbol.asyncIterator]();
  }

  /** To be called once, before anything else. */
  async first({ signal }: Call): Promise<VolumeFiles> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const next = await Promise.race([this.#contents.next(), aborted]);
      return next.done ? { files: [] } : next.value;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** What comes after that, until the pod is gone or this is disposed of. */
  async *changes(): AsyncGenerator<VolumeFiles> {
    for (let next = await this.#contents.next(); !next.done; next = await this.#contents.next()) yield next.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    // One that is still asked for what is next ends by the signal; it is not waited for.
    void this.#contents.return?.().catch(() => undefined);
  }
}
