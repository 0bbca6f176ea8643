import { setTimeout as pause } from "node:timers/promises";
import { unlessAborted } from "@virtual-kubelet/pod-toolkit";
import {
  type Call,
  type PodRef,
  type ProviderContext,
  type VolumeFiles,
  isProviderError,
} from "@virtual-kubelet/provider";

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** What is in a volume of a pod: at first, and after each change. */
export class FollowedVolume implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #context: ProviderContext;
  readonly #which: { readonly pod: PodRef; readonly volume: string };
  /** Absent: to be opened again. */
  #contents: AsyncIterator<VolumeFiles> | undefined;

  constructor(context: ProviderContext, which: { readonly pod: PodRef; readonly volume: string }) {
    this.#context = context;
    this.#which = which;
  }

  /** To be called once, before anything else. */
  async first({ signal }: Call): Promise<VolumeFiles> {
    const next = await unlessAborted((this.#contents ??= this.#open()).next(), signal);
    return next.done ? { files: [] } : next.value;
  }

  /** What comes after that, until the pod is gone or this is disposed of. What cannot be read for a while is read again. */
  async *changes(): AsyncGenerator<VolumeFiles> {
    const { signal } = this.#end;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        const contents = (this.#contents ??= this.#open());
        for (let next = await contents.next(); !next.done; next = await contents.next()) {
          pauseMs = firstPauseMs;
          yield next.value;
        }
        return;
      } catch (error) {
        if (signal.aborted || isProviderError(error, "NotFound")) return;
        this.#context.logger.warn({ err: error, ...this.#which }, "A volume could not be read; it is tried again");
        this.#contents = undefined;
      }
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    // One that is still asked for what is next ends by the signal; it is not waited for.
    void this.#contents?.return?.().catch(() => undefined);
  }

  #open(): AsyncIterator<VolumeFiles> {
    const { pod, volume } = this.#which;
    return this.#context.volume(pod, { volume, signal: this.#end.signal })[Symbol.asyncIterator]();
  }
}
