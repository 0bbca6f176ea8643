import { setTimeout as pause } from "node:timers/promises";
import { PodFeed } from "@virtual-kubelet/pod-toolkit";
import {
  type Call,
  type PodEvent,
  type PodRef,
  type ProviderContext,
  isProviderError,
} from "@virtual-kubelet/provider";
import type { NomadPod } from "../allocation/nomad-pod.ts";
import type { NomadClient } from "../client.ts";
import { Caretaker } from "./caretaker.ts";
import { currentAllocation } from "./current-allocation.ts";
import { followEvents } from "./follow-events.ts";
import { followLists } from "./follow-lists.ts";
import { KnownJobs } from "./known-jobs.ts";
import type { OwnNetworks } from "./own-networks.ts";
import type { PodStates } from "./pod-states.ts";

export interface PodWatchOptions {
  readonly client: NomadClient;
  readonly networks: OwnNetworks;
  /** Of the IDs of this node's jobs. */
  readonly prefix: string;
  readonly states: PodStates;
  readonly context: ProviderContext;
  /** Done once, when the pods are known for the first time. */
  readonly tidy: (call: Call) => Promise<void>;
}

interface Reader {
  readonly feed: PodFeed;
  readonly known: KnownJobs;
}

const reopenMs = 500;

/** Why a stream of events is given up for lists: a policy without it, or something on the way that knows no streams. */
const refusals = ["Unauthorized", "Unsupported", "NotFound", "InvalidInput"] as const;

/** Tells what becomes of a node's pods, and has done what has to be done as they go on. */
export class PodWatch implements Disposable {
  readonly #options: PodWatchOptions;
  readonly #readers = new Set<Reader>();
  readonly #end = new AbortController();
  readonly #caretaker: Caretaker;
  /** Jobs whose containers wait for each other. */
  readonly #tended = new Set<string>();
  #isTending = false;
  #isWithoutStream = false;

  constructor(options: PodWatchOptions) {
    this.#options = options;
    this.#caretaker = new Caretaker({ ...options, signal: this.#end.signal });
  }

  /** Ends with an error when Nomad cannot be heard any more: the node opens it again, and then everything is listed anew. */
  async *watch(call: Call): AsyncGenerator<PodEvent> {
    const reader: Reader = { feed: new PodFeed(), known: new KnownJobs(this.#options.prefix) };
    const over = new AbortController();
    const signal = AbortSignal.any([call.signal, this.#end.signal, over.signal]);
    const listed = Promise.withResolvers<void>();
    const following = this.#follow(reader, { listed: listed.resolve, signal })
      .catch((error: unknown) => {
        listed.reject(error);
        return signal.aborted ? undefined : error;
      })
      .finally(() => over.abort());
    this.#readers.add(reader);
    let failure: unknown;
    try {
      await listed.promise;
      yield* reader.feed.read(signal);
    } finally {
      over.abort();
      this.#readers.delete(reader);
      failure = await following;
      this.#startTending();
    }
    if (failure instanceof Error) throw failure;
  }

  /** Sees to it that the job's containers are let go in their turn, also while nobody watches. */
  tend(jobId: string): void {
    this.#tended.add(jobId);
    this.#startTending();
  }

  /** Said by who has purged the job: Nomad has no event for it. */
  gone(jobId: string, pod: PodRef): void {
    for (const { feed, known } of this.#readers) {
      known.forget(jobId);
      feed.gone(pod);
    }
    this.#forget(jobId);
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  async #follow(
    reader: Reader,
    { listed, signal }: { readonly listed: () => void; readonly signal: AbortSignal },
  ): Promise<void> {
    // Nomad ends a stream whose reader is slow, and so do proxies: what was missed meanwhile is in the lists.
    for (; ; await pause(reopenMs, undefined, { signal })) {
      let isListed = false;
      for await (const changed of this.#changes(reader.known, signal)) {
        for (const id of changed) this.#tell(reader, id, { isListed });
        isListed = true;
        listed();
        this.#caretaker.once("tidy", this.#options.tidy);
      }
    }
  }

  async *#changes(known: KnownJobs, signal: AbortSignal): AsyncGenerator<ReadonlySet<string>, void> {
    const { context } = this.#options;
    const followed = { ...this.#options, known };
    try {
      if (!this.#isWithoutStream) yield* followEvents(followed, { signal });
    } catch (error) {
      if (!refusals.some((code) => isProviderError(error, code))) throw error;
      this.#isWithoutStream = true;
      context.logger.warn({ err: error }, "Nomad's stream of events cannot be had: its lists are watched instead");
    }
    if (this.#isWithoutStream) yield* followLists(followed, { signal });
  }

  #tell({ feed, known }: Reader, id: string, { isListed }: { readonly isListed: boolean }): void {
    const found = known.get(id);
    // Its place, or the want of one, follows at once: that is one write of its status less.
    if (isListed && found && isUndecided(found)) return;
    const state = found && this.#options.states.of(found);
    if (!found || !state) return;
    const { namespace, name, uid } = state;
    const pod = { namespace, name, uid };
    feed.state(state);
    if (!known.isGone(id)) {
      this.#care(found);
      return this.#caretaker.tell(found, pod);
    }
    // After its end has been told.
    known.forget(id);
    feed.gone(pod);
    this.#forget(id);
  }

  #startTending(): void {
    if (this.#isTending || this.#readers.size > 0 || this.#tended.size === 0) return;
    this.#isTending = true;
    void this.#tend().finally(() => {
      this.#isTending = false;
      this.#startTending();
    });
  }

  /** Until somebody watches, or all have been let go. */
  async #tend(): Promise<void> {
    const { signal } = this.#end;
    while (this.#tended.size > 0 && this.#readers.size === 0 && !signal.aborted) {
      const known = new KnownJobs(this.#options.prefix);
      try {
        for await (const changed of this.#changes(known, signal)) {
          for (const id of changed) this.#care(known.get(id));
          if (this.#tended.size === 0 || this.#readers.size > 0) return;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#options.context.logger.warn({ err: error }, "Cannot see whether containers may start; it is tried again");
      }
      await pause(reopenMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #care(found: NomadPod | undefined): void {
    if (!found) return;
    this.#caretaker.care(found);
    const tasks = Object.values(currentAllocation(found.allocations)?.TaskStates ?? {});
    const isLetGo = tasks.length > 0 && tasks.every(({ State }) => State !== "pending");
    if (found.stopped || isLetGo) this.#tended.delete(found.id);
  }

  #forget(jobId: string): void {
    this.#tended.delete(jobId);
    this.#caretaker.forget(jobId);
    this.#options.states.forget(jobId);
  }
}

/** Nomad has not looked for a place yet. */
function isUndecided({ allocations, evaluation, stopped }: NomadPod): boolean {
  return allocations.length === 0 && evaluation === undefined && !stopped;
}
