import { setTimeout as pause } from "node:timers/promises";
import type { Call, Logger } from "@virtual-kubelet/provider";

export interface ErrandsOptions {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface Errand {
  /** What tells it from the others of its job. */
  readonly name: string;
  readonly act: (call: Call) => Promise<unknown>;
  readonly afterMs?: number;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** What is to be done for jobs in Nomad: each thing once, and until it has worked or nobody wants it any more. */
export class Errands {
  readonly #options: ErrandsOptions;
  /** By job, the names of what has been done or is about to be. */
  readonly #known = new Map<string, Set<string>>();

  constructor(options: ErrandsOptions) {
    this.#options = options;
  }

  run(jobId: string, errand: Errand): void {
    const known = this.#known.get(jobId) ?? new Set();
    this.#known.set(jobId, known);
    if (known.has(errand.name)) return;
    known.add(errand.name);
    void this.#do(errand, known);
  }

  /** It may have to be done once more. */
  forgetOne(jobId: string, name: string): void {
    this.#known.get(jobId)?.delete(name);
  }

  forget(jobId: string): void {
    this.#known.get(jobId)?.clear();
    this.#known.delete(jobId);
  }

  async #do({ name, act, afterMs = 0 }: Errand, known: ReadonlySet<string>): Promise<void> {
    const { logger, signal } = this.#options;
    const isOver = (): boolean => signal.aborted || !known.has(name);
    if (afterMs > 0) await pause(afterMs, undefined, { signal }).catch(() => undefined);
    for (let pauseMs = firstPauseMs; !isOver(); pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        await act({ signal });
        return;
      } catch (error) {
        if (isOver()) return;
        logger.warn({ err: error, errand: name }, "Could not do in Nomad what a pod needs; it is tried again");
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
