import type { Call, PodRef, ProviderContext, VolumeFiles } from "@virtual-kubelet/provider";
import { orAborted } from "../client/or-aborted.ts";

/** What is in a volume of a pod: at first, and after each change. */
export class FollowedVolume implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #contents: AsyncIterator<VolumeFiles>;

  constructor(context: ProviderContext, { pod, volume }: { readonly pod: PodRef; readonly volume: string }) {
    this.#contents = context.volume(pod, { volume, signal: this.#end.signal })[Symbol.asyncIterator]();
  }

  /** To be called once, before anything else. */
  async first({ signal }: Call): Promise<VolumeFiles> {
    const next = await orAborted(this.#contents.next(), signal);
    return next.done ? { files: [] } : next.value;
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
