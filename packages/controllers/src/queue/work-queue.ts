import { type QueueMessage, publish } from "../diagnostics.ts";
import { type RetryOptions, retryDelayMs } from "./retry-delay.ts";

/** What a handler says when it is done: nothing, or when to look at the key again. */
export type WorkResult = { readonly againInMs: number } | undefined;

export interface WorkCall {
  readonly signal: AbortSignal;
  /** Lets another key have the place: this one waits for something else than its turn. */
  readonly stepAside: () => void;
}

export interface WorkQueueOptions {
  /** As in `virtual-kubelet:queue` messages. */
  readonly name: string;
  /** Brings one key up to date. It reads the newest state itself; a rejection is tried again, for ever. */
  handle(key: string, call: WorkCall): Promise<WorkResult>;
  /** How many keys are worked on at once; as many that are urgent beside them. */
  readonly concurrency: number;
  readonly retry: RetryOptions;
  /** How long one key may hold one of these places before another gets it too: what hangs must not hold up the rest. */
  readonly placeMs?: number;
  onError?(key: string, error: unknown, retryInMs: number): void;
}

const lanes = ["urgent", "normal"] as const;
type Lane = (typeof lanes)[number];

interface Entry {
  state: "waiting" | "ready" | "running";
  dirty: boolean;
  failures: number;
  /** Whether it does not wait for the pause after a failure. */
  urgent: boolean;
  /** What was urgent once keeps its lane until there is nothing more to do. */
  lane: Lane;
  dueAt: number;
  /** After a failure: not before this, unless it is urgent. */
  notBefore: number;
  readyAt: number;
  timer?: NodeJS.Timeout;
}

/** Nobody is left alone for longer than this; a timer could not count much further anyway. Milliseconds. */
const maxRetryAfterMs = 3_600_000;

let instances = 0;

/**
 * Works on keys, each by itself: a key is never handled twice at once, a key added while it is handled is handled once
 * more, and a failure is retried for ever with growing pauses. First work is done at once; only retries wait. What is urgent
 * is never behind what is not, not even when that hangs.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #ready: Readonly<Record<Lane, string[]>> = { urgent: [], normal: [] };
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #instance = ++instances;
  readonly #places: Record<Lane, number>;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#places = { urgent: options.concurrency, normal: options.concurrency };
  }

  /** How many keys are waiting or being worked on. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Asks for a key to be handled: now, or in `delayMs`. Never puts off what is due sooner. `urgent` goes first. What has just
   * failed is not handled again before the first pause of its retries is over, lest a handler whose failure adds its key spin.
   */
  add(
    key: string,
    { delayMs = 0, urgent = false }: { readonly delayMs?: number; readonly urgent?: boolean } = {},
  ): void {
    if (this.#stopped.signal.aborted) return;
    const entry = this.#entries.get(key);
    if (!entry) {
      const fresh: Entry = {
        state: "waiting",
        dirty: false,
        failures: 0,
        urgent,
        lane: urgent ? "urgent" : "normal",
        dueAt: Infinity,
        notBefore: 0,
        readyAt: 0,
      };
      this.#entries.set(key, fresh);
      this.#schedule(key, fresh, delayMs);
    } else {
      if (urgent) this.#hurry(key, entry);
      if (entry.state === "waiting") this.#schedule(key, entry, delayMs);
      else if (entry.state === "running") {
        entry.dirty ||= delayMs === 0;
        if (delayMs > 0) entry.dueAt = Math.min(entry.dueAt, performance.now() + delayMs);
      }
    }
  }

  /** What waits after a failure is tried again now: what it failed for may be mended. */
  retryNow(): void {
    for (const [key, entry] of this.#entries) if (entry.failures > 0) this.add(key);
  }

  /** Stops: nothing new begins, handlers are told by their signal; resolves when the last has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    await Promise.allSettled(this.#running);
    this.#entries.clear();
    publish("virtual-kubelet:queue", () => ({ ...this.#standing(), depth: 0, event: "ended" }));
  }

  #schedule(key: string, entry: Entry, wantedMs: number): void {
    const nowMs = performance.now();
    const delayMs = entry.urgent ? wantedMs : Math.max(wantedMs, entry.notBefore - nowMs);
    const dueAt = nowMs + delayMs;
    if (dueAt >= entry.dueAt) return;
    clearTimeout(entry.timer);
    entry.dueAt = dueAt;
    if (delayMs > 0) {
      entry.timer = setTimeout(() => this.#makeReady(key, entry), delayMs);
      return;
    }
    this.#makeReady(key, entry);
  }

  #makeReady(key: string, entry: Entry): void {
    entry.state = "ready";
    entry.readyAt = performance.now();
    this.#ready[entry.lane].push(key);
    publish("virtual-kubelet:queue", () => ({ ...this.#standing(), event: "ready" }));
    queueMicrotask(() => this.#next());
  }

  /** What waits its turn among the others goes before them. */
  #hurry(key: string, entry: Entry): void {
    const { urgent, normal } = this.#ready;
    if (entry.lane === "normal" && entry.state === "ready") {
      normal.splice(normal.indexOf(key), 1);
      urgent.push(key);
      queueMicrotask(() => this.#next());
    }
    Object.assign(entry, { urgent: true, lane: "urgent" });
  }

  #next(): void {
    for (const lane of lanes) {
      while (this.#places[lane] > 0 && !this.#stopped.signal.aborted) {
        const key = this.#ready[lane].shift();
        if (key === undefined) break;
        const entry = this.#entries.get(key);
        if (entry?.state !== "ready") continue;
        const work = this.#work(key, entry, lane).finally(() => this.#running.delete(work));
        this.#running.add(work);
      }
    }
  }

  async #work(key: string, entry: Entry, lane: Lane): Promise<void> {
    const free = this.#takePlace(lane);
    const stepAside = (): void => {
      free();
      this.#next();
    };
    const startedAt = performance.now();
    const waitMs = startedAt - entry.readyAt;
    publish("virtual-kubelet:queue", () => ({ ...this.#standing(), event: "started", waitMs }));
    Object.assign(entry, { state: "running", dirty: false, urgent: false, dueAt: Infinity });
    let againInMs: number | undefined;
    try {
      againInMs = (await this.#options.handle(key, { signal: this.#stopped.signal, stepAside }))?.againInMs;
      Object.assign(entry, { failures: 0, notBefore: 0 });
    } catch (error) {
      entry.failures++;
      const askedMs = retryAfterOf(error);
      againInMs = askedMs ?? retryDelayMs(entry.failures, this.#options.retry);
      // Who was asked to leave the other side alone does, whatever else happens.
      entry.notBefore = performance.now() + (askedMs ?? Math.min(againInMs, this.#options.retry.firstMs));
      if (!this.#stopped.signal.aborted) this.#options.onError?.(key, error, againInMs);
    } finally {
      free();
    }
    const durationMs = performance.now() - startedAt;
    const { failures } = entry;
    publish("virtual-kubelet:queue", () => ({ ...this.#standing(), event: "handled", durationMs, failures }));
    this.#settle(key, entry, againInMs);
    this.#next();
  }

  #settle(key: string, entry: Entry, againInMs: number | undefined): void {
    if (this.#stopped.signal.aborted) return;
    const asked = entry.dueAt - performance.now();
    Object.assign(entry, { state: "waiting", dueAt: Infinity });
    // A change that came in meanwhile may well have mended what failed, so it does not wait for the pause to end.
    if (entry.dirty) return this.#schedule(key, entry, 0);
    const delayMs = Math.min(againInMs ?? Infinity, asked === Infinity ? Infinity : Math.max(asked, 0));
    if (delayMs === Infinity) this.#entries.delete(key);
    else this.#schedule(key, entry, delayMs);
  }

  #standing(): Pick<QueueMessage, "queue" | "instance" | "depth"> {
    const { urgent, normal } = this.#ready;
    return { queue: this.#options.name, instance: this.#instance, depth: urgent.length + normal.length };
  }

  #takePlace(lane: Lane): () => void {
    this.#places[lane]--;
    let held = true;
    const free = () => {
      if (!held) return;
      held = false;
      this.#places[lane]++;
      clearTimeout(timer);
    };
    const timer = setTimeout(() => {
      free();
      this.#next();
    }, this.#options.placeMs ?? 5_000);
    return free;
  }
}

/** What the other side asked for, when it asked to be left alone for a while: a time that is one, and within reason. */
function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("retryAfterMs" in error)) return undefined;
  const { retryAfterMs } = error;
  return typeof retryAfterMs === "number" && retryAfterMs > 0 ? Math.min(retryAfterMs, maxRetryAfterMs) : undefined;
}
