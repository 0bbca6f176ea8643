import type { PodEventRecord } from "@virtual-kubelet/provider";
import { LRUCache } from "lru-cache";
import type { EventSubject } from "./event-recorder.ts";

/** What of an event is recorded: under this key what is the same is counted up rather than recorded anew. */
export interface CorrelatedEvent {
  readonly key: string;
  readonly event: PodEventRecord;
}

interface Family {
  readonly messages: Set<string>;
  lastAtMs: number;
}

interface Allowance {
  tokens: number;
  filledAtMs: number;
}

/** So many different messages of one kind are told apart; those that follow are one. */
const maxAlike = 10;
/** A pause of this length, and they are told apart again. Milliseconds. */
const alikeForMs = 600_000;
/** So many at once for one object, and then one in five minutes. */
const burst = 25;
const refillMs = 300_000;
const remembered = 4_096;

/**
 * Keeps one object's events from flooding the cluster: what only the message tells apart becomes "(combined from similar
 * events)", and an object has an allowance of events. Both as in every client of Kubernetes, and with its numbers.
 *
 * @see https://github.com/kubernetes/client-go/blob/master/tools/record/events_cache.go
 */
export class EventCorrelator {
  readonly #families = new LRUCache<string, Family>({ max: remembered });
  readonly #allowances = new LRUCache<string, Allowance>({ max: remembered });

  /** `undefined`: the object has had its share. */
  correlate(subject: EventSubject, event: PodEventRecord, nowMs: number): CorrelatedEvent | undefined {
    const correlated = this.#combined(subject, event, nowMs);
    return this.#isAllowed(subject.uid, nowMs) ? correlated : undefined;
  }

  #combined({ uid }: EventSubject, event: PodEventRecord, nowMs: number): CorrelatedEvent {
    const { message, ...kind } = event;
    const familyKey = JSON.stringify([uid, kind]);
    const known = this.#families.get(familyKey);
    const family = known && nowMs - known.lastAtMs <= alikeForMs ? known : { messages: new Set<string>(), lastAtMs: 0 };
    family.lastAtMs = nowMs;
    this.#families.set(familyKey, family);
    if (family.messages.has(message) || family.messages.size < maxAlike) {
      family.messages.add(message);
      return { key: JSON.stringify([uid, kind, message]), event };
    }
    return { key: familyKey, event: { ...event, message: `(combined from similar events): ${message}` } };
  }

  #isAllowed(uid: string, nowMs: number): boolean {
    const allowance = this.#allowances.get(uid) ?? { tokens: burst, filledAtMs: nowMs };
    const tokens = Math.min(burst, allowance.tokens + (nowMs - allowance.filledAtMs) / refillMs);
    const isAllowed = tokens >= 1;
    this.#allowances.set(uid, { tokens: isAllowed ? tokens - 1 : tokens, filledAtMs: nowMs });
    return isAllowed;
  }
}
