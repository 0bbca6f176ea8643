import type { PodEvent, PodRef, PodState } from "@virtual-kubelet/provider";
import type { LifeOptions, WholeProvider } from "./life.ts";
import { until } from "./within.ts";

/** A provider's watch as it is being read, with all that it has said so far. */
export class WatchReading {
  readonly events: PodEvent[] = [];
  /** Settles when the watch has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #options: LifeOptions;
  #isOver = false;

  constructor(provider: WholeProvider, options: LifeOptions) {
    this.#options = options;
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.ended = this.#read(provider, signal).then(
      () => void (this.#isOver = true),
      () => void (this.#isOver = true),
    );
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  stop(): void {
    this.#stop.abort();
  }

  get isSynced(): boolean {
    return this.events.some(({ type }) => type === "synced");
  }

  /** The states that were told of a pod, oldest first. */
  statesOf({ uid }: PodRef): readonly PodState[] {
    return this.events.flatMap((event) => (event.type === "state" && event.pod.uid === uid ? [event.pod] : []));
  }

  isGone({ uid }: PodRef): boolean {
    return this.events.some((event) => event.type === "gone" && event.pod.uid === uid);
  }

  async untilSynced(): Promise<void> {
    await this.until(() => this.isSynced, "synced in the watch");
  }

  async until(is: () => boolean, what: string, limitMs: number = this.#options.timings.startMs): Promise<void> {
    const { timings, signal } = this.#options;
    const isSo = (seen: boolean): seen is true => seen;
    await until(async () => is(), isSo, { what, limitMs, lookMs: timings.lookMs, signal });
  }

  async #read(provider: WholeProvider, signal: AbortSignal): Promise<void> {
    for await (const event of provider.watchPods({ signal })) this.events.push(event);
  }
}
