import { randomInt } from "node:crypto";
import { type KubernetesClient, isKubernetesError, resources } from "@virtual-kubelet/kubernetes";
import type { Logger, PodEventRecord } from "@virtual-kubelet/provider";
import { LRUCache } from "lru-cache";

/** What an event is about. */
export interface EventSubject {
  readonly apiVersion: "v1";
  readonly kind: "Pod" | "Node";
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
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
  readonly subject: EventSubject;
  readonly event: PodEventRecord;
  readonly at: Date;
}

/**
 * Records events, on a lane of their own: one at a time, the same one again only counted up, dropped rather than in the
 * way of anything that matters.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #waiting: Waiting[] = [];
  /** What was recorded lately, by all that makes two events the same. */
  readonly #recorded = new LRUCache<string, Recorded>({ max: 4_096, ttl: 3_600_000 });
  #wake: () => void = () => {};
  #lastMoment = 0n;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(subject: EventSubject, event: PodEventRecord): void {
    this.#waiting.push({ subject, event, at: new Date() });
    if (this.#waiting.length > (this.#options.maxWaiting ?? 1_000)) this.#waiting.shift();
    this.#wake();
  }

  /** Sends what is recorded, until aborted. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      const next = this.#waiting.shift();
      if (!next) {
        await this.#untilRecorded(signal);
        continue;
      }
      await this.#send(next, signal).catch((error: unknown) => {
        if (!signal.aborted)
          this.#options.logger.debug({ err: error, reason: next.event.reason }, "an event was dropped");
      });
    }
  }

  async #untilRecorded(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
  }

  async #send({ subject, event, at }: Waiting, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const key = JSON.stringify([subject.uid, event]);
    const known = this.#recorded.get(key);
    const time = `${at.toISOString().slice(0, 19)}Z`;
    if (known) {
      const count = known.count + 1;
      const body = { count, lastTimestamp: time };
      try {
        await client.patch(resources.events, known, { patch: { type: "merge", body }, signal, timeoutMs: 10_000 });
        this.#recorded.set(key, { ...known, count });
        return;
      } catch (error) {
        if (!isKubernetesError(error, "NotFound")) throw error;
      }
    }
    const created = await client.create(resources.events, this.#eventOf({ subject, event, at }, time), {
      signal,
      timeoutMs: 10_000,
    });
    this.#recorded.set(key, { namespace: created.metadata.namespace, name: created.metadata.name, count: 1 });
  }

  #eventOf({ subject, event, at }: Waiting, time: string) {
    const { nodeName } = this.#options;
    const { container, ...said } = event;
    // Events of objects without a namespace are kept in the default one.
    const namespace = subject.namespace ?? "default";
    const name = `${subject.name.slice(0, 200)}.${this.#momentOf(at).toString(16)}`;
    return {
      metadata: { namespace, name },
      involvedObject: { ...subject, ...(container ? { fieldPath: `spec.containers{${container}}` } : {}) },
      ...said,
      message: said.message.slice(0, 1_024),
      source: { component: "virtual-kubelet", host: nodeName },
      reportingComponent: "virtual-kubelet",
      reportingInstance: nodeName,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    };
  }

  /** Nanoseconds since 1970, never the same twice: kubectl shows events of one second in the order of their names. */
  #momentOf(at: Date): bigint {
    const moment = BigInt(at.getTime()) * 1_000_000n + BigInt(randomInt(1_000_000));
    this.#lastMoment = moment > this.#lastMoment ? moment : this.#lastMoment + 1n;
    return this.#lastMoment;
  }
}
