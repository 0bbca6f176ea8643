import { randomInt } from "node:crypto";
import { type KubernetesClient, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { Logger, PodEventRecord } from "@virtual-kubelet/provider";
import { LRUCache } from "lru-cache";
import { EventCorrelator } from "./event-correlator.ts";

/** What an event is about. */
export interface EventSubject {
  readonly apiVersion: "v1";
  readonly kind: "Pod" | "Node";
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  /** What of it, if not all of it: `spec.containers{main}`. */
  readonly fieldPath?: string;
}

export interface EventRecorderOptions {
  readonly client: KubernetesClient;
  readonly nodeName: string;
  readonly logger: Logger;
  /** Events that wait to be sent; more than these are dropped, the oldest first. */
  readonly maxWaiting?: number;
}

interface Recorded {
  readonly namespace: string;
  readonly name: string;
  readonly count: number;
}

interface Waiting {
  readonly key: string;
  readonly subject: EventSubject;
  event: PodEventRecord;
  readonly firstAt: Date;
  lastAt: Date;
  /** How often it happened since it was last sent. */
  count: number;
  failures: number;
}

/** Of the API server, for one event. Milliseconds. */
const timeoutMs = 10_000;
/** After that many failures an event is dropped: as often as other clients of Kubernetes try. */
const maxTries = 12;
const maxPauseMs = 30_000;

/**
 * Records events: one at a time and on connections of their own, the same one again only counted up, dropped rather than in
 * the way of anything that matters. What the API server is not there to hear waits for it, behind what has not been tried.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlator = new EventCorrelator();
  /** By what makes two events the same, in the order in which they are to be sent. */
  readonly #waiting = new Map<string, Waiting>();
  /** What was recorded lately. */
  readonly #recorded = new LRUCache<string, Recorded>({ max: 4_096, ttl: 3_600_000 });
  #wake: () => void = () => {};
  #lastMoment = 0n;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(subject: EventSubject, recorded: PodEventRecord): void {
    const correlated = this.#correlator.correlate(subject, recorded, performance.now());
    if (!correlated) {
      this.#options.logger.debug({ reason: recorded.reason, object: subject.name }, "an event too many was dropped");
      return;
    }
    const { key, event } = correlated;
    const at = new Date();
    const same = this.#waiting.get(key);
    if (same) {
      Object.assign(same, { event, lastAt: at, count: same.count + 1 });
      return;
    }
    this.#wait({ key, subject, event, firstAt: at, lastAt: at, count: 1, failures: 0 });
    this.#wake();
  }

  /** Sends what is recorded, until aborted. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const [next] = this.#waiting.values();
      if (!next) {
        await this.#untilRecorded(signal);
        continue;
      }
      this.#waiting.delete(next.key);
      try {
        await this.#send(next, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#onFailure(next, error);
        if (isRefusal(error)) continue;
        const pauseMs = Math.min(500 * 2 ** failures++, maxPauseMs);
        await this.#options.client.untilBack({ signal, timeoutMs: pauseMs });
      }
    }
  }

  #wait(waiting: Waiting): void {
    this.#waiting.set(waiting.key, waiting);
    if (this.#waiting.size <= (this.#options.maxWaiting ?? 1_000)) return;
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }

  #onFailure(sent: Waiting, error: unknown): void {
    const failures = sent.failures + 1;
    if (isRefusal(error) || failures >= maxTries) {
      this.#options.logger.debug({ err: error, reason: sent.event.reason }, "an event was dropped");
      return;
    }
    // It may have happened again meanwhile.
    const again = this.#waiting.get(sent.key);
    const { event = sent.event, lastAt = sent.lastAt, count = 0 } = again ?? {};
    this.#wait({ ...sent, event, lastAt, count: sent.count + count, failures });
  }

  async #untilRecorded(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
  }

  async #send(waiting: Waiting, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const { key, event, lastAt } = waiting;
    const known = this.#recorded.get(key);
    if (known) {
      const count = known.count + waiting.count;
      const body = { count, message: event.message.slice(0, 1_024), lastTimestamp: secondsOf(lastAt) };
      try {
        await client.patch(resources.events, known, { patch: { type: "merge", body }, signal, timeoutMs });
        this.#recorded.set(key, { ...known, count });
        return;
      } catch (error) {
        if (!isKubernetesError(error, "NotFound")) throw error;
      }
    }
    const created = await client.create(resources.events, this.#eventOf(waiting), { signal, timeoutMs });
    const { namespace, name } = created.metadata;
    this.#recorded.set(key, { namespace, name, count: waiting.count });
  }

  #eventOf({ subject, event, firstAt, lastAt, count }: Waiting) {
    const { nodeName } = this.#options;
    const { container: _, ...said } = event;
    // Events of objects without a namespace are kept in the default one.
    const namespace = subject.namespace ?? "default";
    const name = `${subject.name.slice(0, 200)}.${this.#momentOf(firstAt).toString(16)}`;
    return {
      metadata: { namespace, name },
      involvedObject: subject,
      ...said,
      message: said.message.slice(0, 1_024),
      source: { component: "virtual-kubelet", host: nodeName },
      reportingComponent: "virtual-kubelet",
      reportingInstance: nodeName,
      firstTimestamp: secondsOf(firstAt),
      lastTimestamp: secondsOf(lastAt),
      count,
    };
  }

  /** Nanoseconds since 1970, never the same twice: kubectl shows events of one second in the order of their names. */
  #momentOf(at: Date): bigint {
    const moment = BigInt(at.getTime()) * 1_000_000n + BigInt(randomInt(1_000_000));
    this.#lastMoment = moment > this.#lastMoment ? moment : this.#lastMoment + 1n;
    return this.#lastMoment;
  }
}

/** The API server has heard of this event and does not want it: one of a namespace that ends, say. */
function isRefusal(error: unknown): boolean {
  return isKubernetesError(error) && error.code >= 400 && error.code < 500 && ![401, 408, 429].includes(error.code);
}

function secondsOf(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
