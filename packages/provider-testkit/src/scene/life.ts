import type { PodRef, PodState, Provider } from "@virtual-kubelet/provider";
import { isProviderError } from "@virtual-kubelet/provider";
import type { Timings } from "../timings.ts";
import { WatchReading } from "./watch-reading.ts";
import { until, within } from "./within.ts";

/** A provider whose optional methods are there: a check has said which it needs, and is not made without them. */
export type WholeProvider = Required<Omit<Provider, typeof Symbol.asyncDispose>> & Partial<AsyncDisposable>;

export interface LifeOptions {
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

/** One provider from its making to its end, with what checks ask of it most. */
export class Life implements AsyncDisposable {
  readonly provider: WholeProvider;
  readonly #timings: Timings;
  readonly #signal: AbortSignal;
  readonly #watches = new Set<WatchReading>();

  constructor(provider: Provider, { timings, signal }: LifeOptions) {
    this.provider = provider as WholeProvider;
    this.#timings = timings;
    this.#signal = signal;
  }

  /** Also when the check has been given up, what it made has to be removed. */
  get #current(): AbortSignal {
    return this.#signal.aborted ? AbortSignal.timeout(this.#timings.soonMs) : this.#signal;
  }

  /** The outcome of a call that must be over soon. */
  async soon<T>(act: () => PromiseLike<T> | T, what: string): Promise<T> {
    return within(attempt(act), this.#timings.soonMs, what);
  }

  /** What is known of a pod; a provider that says `NotFound` has said so too. */
  async get(pod: PodRef): Promise<PodState | undefined> {
    try {
      return await this.soon(() => this.provider.getPod(pod, { signal: this.#current }), "getPod");
    } catch (error) {
      if (isProviderError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async list(): Promise<readonly PodState[]> {
    return this.soon(() => this.read(this.#signal), "getPods");
  }

  /** A list to its end, however long that takes. */
  async read(signal: AbortSignal): Promise<readonly PodState[]> {
    return listOf(await this.provider.getPods({ signal }));
  }

  async delete(pod: PodRef, gracePeriodSeconds: number): Promise<void> {
    const call = { signal: this.#current, gracePeriodSeconds };
    try {
      await this.soon(() => this.provider.deletePod(pod, call), "deletePod");
    } catch (error) {
      if (!isProviderError(error, "NotFound")) throw error;
    }
  }

  async untilGone(pod: PodRef, limitMs: number): Promise<void> {
    const { lookMs } = this.#timings;
    const look = async (): Promise<PodState | undefined> => {
      await this.delete(pod, 0);
      return this.get(pod);
    };
    const isAbsent = (state: PodState | undefined): state is undefined => state === undefined;
    const what = "A pod that is gone after repeated deletion";
    await until(look, isAbsent, { what, limitMs, lookMs, signal: this.#current });
  }

  /** Reads the provider's watch until it is stopped, or the provider ends. */
  watch(): WatchReading {
    const reading = new WatchReading(this.provider, { timings: this.#timings, signal: this.#signal });
    this.#watches.add(reading);
    return reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches) watch.stop();
    await this.soon(() => this.provider[Symbol.asyncDispose]?.(), "The end of the provider");
  }
}

async function attempt<T>(act: () => PromiseLike<T> | T): Promise<T> {
  return act();
}

async function listOf(pods: AsyncIterable<PodState> | Iterable<PodState>): Promise<readonly PodState[]> {
  const all: PodState[] = [];
  for await (const pod of pods) all.push(pod);
  return all;
}
