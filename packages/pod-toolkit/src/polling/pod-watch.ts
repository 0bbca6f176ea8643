import { isDeepStrictEqual } from "node:util";
import {
  type Call,
  type Logger,
  type PodEvent,
  type PodRef,
  type PodState,
  type Provider,
  isProviderError,
} from "@virtual-kubelet/provider";
import { pause, unlessAborted } from "../pause.ts";
import { leaveAloneMs } from "../requests/retry-after.ts";

/** What is asked for: a provider's own methods. Without `getPod` there are only lists, more often while something changes. */
export type PolledBackend = Pick<Provider, "getPods"> & Partial<Pick<Provider, "getPod">>;

export interface PodWatchOptions {
  readonly backend: PolledBackend;
  readonly logger: Logger;
  readonly fastMs: number;
  readonly slowMs: number;
  readonly deadlineMs: number;
  isInTransition(pod: PodState): boolean;
}

const nudgeMs = 30_000;
/** More pods than this are looked at by a list. */
const maxLooks = 10;
const maxFailures = 5;

/** What one reader knows of a backend's pods, and how it comes to know more. */
export class PodWatch {
  readonly #options: PodWatchOptions;
  readonly #known = new Map<string, PodState>();
  readonly #nudged = new Map<string, { readonly pod: PodRef; readonly untilMs: number }>();
  /** Missing from the last list, where there is no closer look. */
  #missed: ReadonlySet<string> = new Set();
  #listedMs = 0;
  #roundMs = 0;
  #failures = 0;
  /** As a backend asks for that is asked too much. */
  #leaveAloneUntilMs = 0;
  #wake: () => void = () => {};

  constructor(options: PodWatchOptions) {
    this.#options = options;
  }

  nudge(pod: PodRef): void {
    this.#nudged.set(pod.uid, { pod, untilMs: performance.now() + nudgeMs });
    this.#wake();
  }

  async *read(signal: AbortSignal): AsyncGenerator<PodEvent> {
    try {
      if (!signal.aborted) yield* await this.#list(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (signal.aborted) return;
    yield { type: "synced" };
    while (await this.#rest(signal)) {
      try {
        yield* this.#isListDue() ? await this.#list(signal) : await this.#look(this.#changing(), signal);
      } catch (error) {
        if (!signal.aborted) this.#failed(error);
      }
    }
  }

  /** Waits for the next round; false once it is over. */
  async #rest(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const waitMs = this.#nextRoundMs() - performance.now();
      if (signal.aborted || waitMs <= 0) return !signal.aborted;
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await pause(waitMs, AbortSignal.any([signal, woken.signal])).catch(() => {});
    }
  }

  #nextRoundMs(): number {
    const { fastMs, slowMs } = this.#options;
    const listMs = this.#listedMs + slowMs * 2 ** this.#failures;
    const nextMs =
      this.#changing().length > 0 ? Math.min(listMs, this.#roundMs + fastMs * 2 ** this.#failures) : listMs;
    return Math.max(nextMs, this.#leaveAloneUntilMs);
  }

  #isListDue(): boolean {
    const { backend, slowMs } = this.#options;
    if (!backend.getPod || this.#changing().length > maxLooks) return true;
    return performance.now() >= this.#listedMs + slowMs * 2 ** this.#failures;
  }

  /** The pods to look at closer. */
  #changing(): readonly PodRef[] {
    const nowMs = performance.now();
    for (const [uid, { untilMs }] of this.#nudged) if (untilMs <= nowMs) this.#nudged.delete(uid);
    const inTransition = [...this.#known.values()].filter((pod) => this.#options.isInTransition(pod));
    const refs = [...inTransition, ...[...this.#nudged.values()].map(({ pod }) => pod)];
    return [...new Map(refs.map((pod) => [pod.uid, pod])).values()];
  }

  async #list(signal: AbortSignal): Promise<readonly PodEvent[]> {
    this.#roundMs = this.#listedMs = performance.now();
    const call = this.#call(signal);
    const listed = await unlessAborted(podsOf(this.#options.backend, call), call.signal);
    this.#failures = 0;
    const changed = [...listed.values()].flatMap((pod) => this.#seen(pod));
    const missing = [...this.#known.values()].filter(({ uid }) => !listed.has(uid));
    if (this.#options.backend.getPod) return [...changed, ...(await this.#look(missing.slice(0, maxLooks), signal))];
    const gone = missing.filter(({ uid }) => this.#missed.has(uid));
    this.#missed = new Set(missing.map(({ uid }) => uid));
    return [...changed, ...gone.flatMap((pod) => this.#lost(pod))];
  }

  /** Looks at some pods, one after the other. What cannot be seen is as it was. */
  async #look(pods: readonly PodRef[], signal: AbortSignal): Promise<readonly PodEvent[]> {
    this.#roundMs = performance.now();
    const events: PodEvent[] = [];
    for (const { namespace, name, uid } of pods) {
      const call = this.#call(signal);
      try {
        const asked = Promise.resolve(this.#options.backend.getPod?.({ namespace, name, uid }, call));
        const pod = await unlessAborted(asked, call.signal);
        events.push(...(pod ? this.#seen(pod) : this.#lost({ namespace, name, uid })));
      } catch (error) {
        if (signal.aborted) break;
        this.#options.logger.debug({ err: error, namespace, pod: name, uid }, "A pod could not be looked at");
        if (isProviderError(error, "Throttled")) return this.#throttled(error, events);
        if (!call.signal.aborted) continue;
        this.#putLast(uid);
        break;
      }
    }
    return events;
  }

  /** A pod that takes all the time there is for a look holds up no list, and no other pod the next time. */
  #putLast(uid: string): void {
    const known = this.#known.get(uid);
    if (!known) return;
    this.#known.delete(uid);
    this.#known.set(uid, known);
  }

  #throttled(error: unknown, events: readonly PodEvent[]): readonly PodEvent[] {
    this.#leaveAloneUntilMs = performance.now() + (leaveAloneMs(error) || this.#options.slowMs);
    return events;
  }

  #seen(pod: PodState): readonly PodEvent[] {
    const known = this.#known.get(pod.uid);
    this.#known.set(pod.uid, pod);
    return isDeepStrictEqual(known, pod) ? [] : [{ type: "state", pod }];
  }

  #lost({ namespace, name, uid }: PodRef): readonly PodEvent[] {
    return this.#known.delete(uid) ? [{ type: "gone", pod: { namespace, name, uid } }] : [];
  }

  #failed(error: unknown): void {
    this.#failures = Math.min(this.#failures + 1, maxFailures);
    this.#leaveAloneUntilMs = performance.now() + leaveAloneMs(error);
    this.#options.logger.warn({ err: error }, "The backend's pods could not be listed: they count as they were");
  }

  /** Its deadline holds also when the backend ignores it. */
  #call(signal: AbortSignal): Call {
    return { signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.deadlineMs)]) };
  }
}

async function podsOf(backend: PolledBackend, call: Call): Promise<ReadonlyMap<string, PodState>> {
  const pods = new Map<string, PodState>();
  for await (const pod of await backend.getPods(call)) pods.set(pod.uid, pod);
  // A list that broke off may look like one that ended.
  call.signal.throwIfAborted();
  return pods;
}
