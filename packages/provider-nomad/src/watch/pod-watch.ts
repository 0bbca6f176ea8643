import { setTimeout as pause } from "node:timers/promises";
import { PodFeed } from "@virtual-kubelet/pod-toolkit";
import {
  type Call,
  type PodEvent,
  type PodRef,
  type ProviderContext,
  isProviderError,
} from "@virtual-kubelet/provider";
import type { NomadClient } from "../client.ts";
import { type NomadPod, gatesOf, placementProblem } from "../pod-from-job.ts";
import { currentAllocation } from "./current-allocation.ts";
import { followEvents } from "./follow-events.ts";
import { followLists } from "./follow-lists.ts";
import { Gates } from "./gates.ts";
import { KnownJobs } from "./known-jobs.ts";
import type { PodStates } from "./pod-states.ts";

export interface PodWatchOptions {
  readonly client: NomadClient;
  /** Of the IDs of this node's jobs. */
  readonly prefix: string;
  readonly states: PodStates;
  readonly context: ProviderContext;
}

interface Reader {
  readonly feed: PodFeed;
  readonly known: KnownJobs;
}

const reopenMs = 500;

/** Why a stream of events is given up for lists: a policy without it, or something on the way that knows no streams. */
const refusals = ["Unauthorized", "Unsupported", "NotFound", "InvalidInput"] as const;

/** Tells what becomes of a node's pods, and does what has to be done as they go on: containers that wait for others are let go. */
export class PodWatch implements Disposable {
  readonly #options: PodWatchOptions;
  readonly #readers = new Set<Reader>();
  readonly #end = new AbortController();
  readonly #gates: Gates;
  /** By job, what was last said of its search for a place. */
  readonly #problems = new Map<string, string>();
  /** Jobs whose containers wait for each other. */
  readonly #tended = new Set<string>();
  #tending: Promise<void> | undefined;
  #isWithoutStream = false;

  constructor(options: PodWatchOptions) {
    this.#options = options;
    this.#gates = new Gates({
      client: options.client,
      logger: options.context.logger,
      signal: this.#end.signal,
    });
  }

  /** Ends with an error when Nomad cannot be heard any more: the node opens it again, and then everything is listed anew. */
  async *watch(call: Call): AsyncGenerator<PodEvent> {
    const reader: Reader = { feed: new PodFeed(), known: new KnownJobs(this.#options.prefix) };
    const over = new AbortController();
    const signal = AbortSignal.any([call.signal, this.#end.signal, over.signal]);
    const listed = Promise.withResolvers<void>();
    let failure: unknown;
    const following = this.#follow(reader, { listed: listed.resolve, signal })
      .catch((error: unknown) => {
        if (!signal.aborted) failure = error;
        listed.reject(error);
      })
      .finally(() => over.abort());
    this.#readers.add(reader);
    try {
      await listed.promise;
      yield* reader.feed.read(signal);
    } finally {
      over.abort();
      this.#readers.delete(reader);
      await following;
      for (const id of this.#tended) this.tend(id);
    }
    if (failure !== undefined) throw failure;
  }

  /** Sees to it that the job's containers are let go in their turn, also while nobody watches. */
  tend(jobId: string): void {
    this.#tended.add(jobId);
    if (this.#readers.size === 0) this.#tending ??= this.#tend().finally(() => (this.#tending = undefined));
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
      for await (const changed of this.#changes(reader.known, signal)) {
        for (const id of changed) this.#tell(reader, id);
        listed();
      }
    }
  }

  async #tend(): Promise<void> {
    const { signal } = this.#end;
    while (this.#tended.size > 0 && this.#readers.size === 0 && !signal.aborted) {
      const known = new KnownJobs(this.#options.prefix);
      try {
        for await (const changed of this.#changes(known, signal)) {
          for (const id of changed) this.#letGo(known.get(id));
          if (this.#tended.size === 0 || this.#readers.size > 0) break;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#options.context.logger.warn({ err: error }, "Cannot see whether containers may start; it is tried again");
      }
      await pause(reopenMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #letGo(found: NomadPod | undefined): void {
    if (!found) return;
    this.#gates.open(found.id, gatesOf(found));
    const tasks = Object.values(currentAllocation(found.allocations)?.TaskStates ?? {});
    if (found.stopped || (tasks.length > 0 && tasks.every(({ State }) => State !== "pending")))
      this.#tended.delete(found.id);
  }

  async *#changes(known: KnownJobs, signal: AbortSignal): AsyncGenerator<ReadonlySet<string>> {
    const { client, prefix, context } = this.#options;
    const followed = { client, prefix, known };
    if (!this.#isWithoutStream) {
      try {
        return yield* followEvents(followed, { signal });
      } catch (error) {
        if (!refusals.some((code) => isProviderError(error, code))) throw error;
        this.#isWithoutStream = true;
        context.logger.warn({ err: error }, "Nomad's stream of events cannot be had: its lists are watched instead");
      }
    }
    yield* followLists(followed, { signal });
  }

  #tell({ feed, known }: Reader, id: string): void {
    const found = known.get(id);
    const state = found && this.#options.states.of(found);
    if (!found || !state) return;
    const { namespace, name, uid } = state;
    const pod = { namespace, name, uid };
    feed.state(state);
    if (!known.isGone(id)) return this.#react(found, pod);
    // After its end has been told.
    known.forget(id);
    feed.gone(pod);
    this.#forget(id);
  }

  #react(found: NomadPod, pod: PodRef): void {
    this.#letGo(found);
    const problem = placementProblem(found);
    if (!problem) return void this.#problems.delete(found.id);
    if (this.#problems.get(found.id) === problem.message) return;
    this.#problems.set(found.id, problem.message);
    this.#options.context.recordEvent(pod, { type: "Warning", ...problem });
  }

  #forget(jobId: string): void {
    this.#tended.delete(jobId);
    this.#gates.forget(jobId);
    this.#problems.delete(jobId);
    this.#options.states.forget(jobId);
  }
}
