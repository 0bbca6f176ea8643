import { setTimeout as sleep } from "node:timers/promises";
import {
  type KubernetesClient,
  KubernetesError,
  type ObjectChange,
  ObjectWatch,
  type Resource,
  type StoredObject,
  type WatchLogger,
  compareResourceVersions,
} from "@virtual-kubelet/kubernetes";
import { type Logger, type ObjectRef, isProviderError } from "@virtual-kubelet/provider";
import { retryDelayMs } from "../../queue/retry-delay.ts";
import { askApiServer, unlessMissing } from "../ask-api-server.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { isRefused } from "./watch-logger.ts";

/** What pods refer to by name. */
export interface Referred extends StoredObject {
  readonly immutable?: boolean;
}

export interface WatchedObjectOptions<T> {
  readonly client: KubernetesClient;
  readonly resource: Resource<T>;
  readonly name: ObjectRef;
  readonly logger: Logger;
  /** Of watches, one for all that are refused alike. */
  readonly watchLogger: WatchLogger;
  /** The object has come, has changed, or is gone, since it was known whether it is there. */
  readonly changed: () => void;
}

export interface ReadCall {
  readonly signal: AbortSignal;
  /** What is known must have been asked for after this, or be asked for now. Monotonic milliseconds. */
  readonly asOfMs: number;
}

interface Asking<T> {
  readonly sinceMs: number;
  readonly answer: Promise<T | undefined>;
}

interface Watching<T extends Referred> {
  readonly watch: ObjectWatch<T>;
  readonly end: AbortController;
  readonly ended: Promise<void>;
}

/**
 * A real API server gives a sign of life, a bookmark, once a minute. With less patience than that every quiet watch is opened
 * again each minute, which with a watch per object is many requests for nothing.
 */
const silenceMs = 150_000;
const retry = { firstMs: 1_000, maxMs: 30_000 } as const;
/** One that is refused is tried for ever, as rights may be granted later. */
const backoff = { maxMs: 60_000 } as const;

/**
 * One object that pods refer to: asked for once, then watched by its name, which is all that a node may watch. One that is
 * immutable is not watched. Nothing is believed to be missing because a watch does not show it; that is asked for. Who may get an
 * object but not watch it asks for it whenever it is read, and now and then.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/node/
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/util/manager/watch_based_manager.go
 */
export class WatchedObject<T extends Referred> implements AsyncDisposable {
  readonly #options: WatchedObjectOptions<T>;
  readonly #end = new AbortController();
  #begun: Promise<unknown>;
  #latest: T | undefined;
  /** Not watched for the time being, so that what is known may be old. */
  #isResting = false;
  #isWaking = false;
  /** When what is known was last asked for, with success. */
  #askedAtMs = -Infinity;
  #asking: Asking<T> | undefined;
  #watching: Watching<T> | undefined;

  constructor(options: WatchedObjectOptions<T>) {
    this.#options = options;
    this.#begun = this.#begin(0);
  }

  /** @throws ProviderError `Unauthorized` or `Unavailable`. */
  async read({ asOfMs, signal }: ReadCall): Promise<T | undefined> {
    const isKnown = this.#isKnown;
    if (isKnown && this.#askedAtMs >= asOfMs) return this.#latest;
    // What was missing before may be there by now, and what was not watched may be another.
    const sinceMs = isKnown || this.#askedAtMs === -Infinity ? asOfMs : performance.now();
    try {
      return await unlessAborted(this.#askedSince(sinceMs), signal);
    } catch (error) {
      if (!isProviderError(error, "Unavailable") || !this.#isMissing || this.#askedAtMs < asOfMs) throw error;
      return undefined;
    }
  }

  /** As far as a watch can tell, which is good enough when the API server cannot be asked: what is known is believed then, too. */
  get #isMissing(): boolean {
    const isWatched = !this.#isResting && !this.isUnwatchable && this.#watching?.watch.store.synced === true;
    return isWatched && this.#latest === undefined;
  }

  /** The object as it is heard of. One that is immutable is not: it may be another by now, which is news only to who is new. */
  get followed(): T | undefined {
    return this.#isKnown && !this.#latest?.immutable ? this.#latest : undefined;
  }

  get #isKnown(): boolean {
    return this.#latest !== undefined && !this.#isResting && !this.isUnwatchable;
  }

  /** Whether the API server lets nobody like us watch it. */
  get isUnwatchable(): boolean {
    return isRefused(this.#watching?.watch.failure);
  }

  /** Asks for it anew: the only way to hear of changes of what cannot be watched. */
  async refresh(): Promise<void> {
    await this.#askedSince(performance.now()).catch(() => undefined);
  }

  /** Nobody needs to be told of changes: it is not watched until it is asked for again. */
  rest(): void {
    if (!this.#watching || this.#latest?.immutable) return;
    this.#isResting = true;
    this.#watching.end.abort();
  }

  /** Somebody needs to be told of changes from now on. */
  wake(): void {
    if (!this.#isResting || this.#isWaking) return;
    this.#isWaking = true;
    const awake = this.#begin(performance.now()).finally(() => (this.#isWaking = false));
    this.#begun = Promise.all([this.#begun, awake]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all([this.#begun, this.#watching?.ended]);
  }

  /** Until it is known whether the object is there, nobody could be told that this has changed. */
  async #begin(sinceMs: number): Promise<void> {
    const { signal } = this.#end;
    for (let failures = 1; !signal.aborted && this.#askedAtMs < sinceMs; failures++) {
      try {
        await this.#askedSince(sinceMs);
      } catch (error) {
        if (signal.aborted) return;
        const { logger, name, resource } = this.#options;
        const what = { err: error, ...name, kind: resource.kind };
        logger[failures === 1 ? "warn" : "debug"](what, "what a pod refers to is not followed yet");
        await sleep(retryDelayMs(failures, retry), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** An answer to a question that was asked then or later: many who ask at once share one. */
  async #askedSince(sinceMs: number): Promise<T | undefined> {
    for (;;) {
      const asking = this.#asking ?? this.#ask();
      if (asking.sinceMs >= sinceMs) return asking.answer;
      await asking.answer.catch(() => undefined);
      this.#end.signal.throwIfAborted();
    }
  }

  #ask(): Asking<T> {
    const sinceMs = performance.now();
    const asking = { sinceMs, answer: this.#answer(sinceMs).finally(() => (this.#asking = undefined)) };
    this.#asking = asking;
    return asking;
  }

  async #answer(sinceMs: number): Promise<T | undefined> {
    const { client, resource, name } = this.#options;
    const { signal } = this.#end;
    const before = this.#latest;
    const ask = () => unlessMissing(client.get(resource, name, { signal }).then(checked));
    const answer = await askApiServer(`${resource.kind} ${name.namespace}/${name.name}`, { ask, signal });
    signal.throwIfAborted();
    // What the watch has told of meanwhile is newer: that it is gone as well as that it has come.
    const hasGone = before !== undefined && this.#latest === undefined && answer?.metadata.uid === before.metadata.uid;
    if (answer && !hasGone) this.#learn(withoutManagedFields(answer));
    else if (!answer && this.#latest === before) this.#unlearn(before);
    this.#askedAtMs = sinceMs;
    this.#isResting = false;
    this.#follow();
    return this.#latest;
  }

  #learn(object: T): void {
    const { metadata } = this.#latest ?? {};
    const isSame = metadata?.uid === object.metadata.uid;
    const order = compareResourceVersions(object.metadata.resourceVersion, metadata?.resourceVersion);
    if (order !== undefined && (order < 0 || (order === 0 && isSame))) return;
    this.#latest = object;
    // How it was found is no change of it.
    if (this.#askedAtMs > -Infinity) this.#options.changed();
  }

  #unlearn(gone: T | undefined): void {
    if (!this.#latest || this.#latest.metadata.uid !== gone?.metadata.uid) return;
    this.#latest = undefined;
    this.#options.changed();
  }

  /** What can change is watched, what cannot is not. */
  #follow(): void {
    if (this.#latest?.immutable) return this.#watching?.end.abort();
    if (this.#watching && !this.#watching.end.signal.aborted) return;
    const { client, resource, name, watchLogger } = this.#options;
    const fieldSelector = `metadata.name=${name.name.replaceAll(/[\\,=]/g, "\\$&")}`;
    const selection = { client, resource, namespace: name.namespace, fieldSelector };
    const watch = new ObjectWatch<T>({ ...selection, logger: watchLogger, silenceMs, backoff });
    const end = new AbortController();
    this.#watching = { watch, end, ended: this.#watch(watch, AbortSignal.any([this.#end.signal, end.signal])) };
  }

  async #watch(watch: ObjectWatch<T>, signal: AbortSignal): Promise<void> {
    for await (const change of watch.run({ signal })) {
      this.#take(change);
      // It went before the watch began.
      if (change.type === "synced" && !watch.store.find(this.#options.name)) this.#unlearn(this.#latest);
    }
  }

  #take(change: ObjectChange<T>): void {
    if (change.type === "set") this.#learn(change.object);
    if (change.type === "deleted") this.#unlearn(change.object);
    if (change.type === "set" && this.#latest?.immutable) this.#watching?.end.abort();
  }
}

/** Not every answer with a 200 comes from an API server: that one is empty does not mean that there is nothing. */
function checked<T extends Referred>(object: T | undefined): T {
  if (typeof object?.metadata?.uid === "string") return object;
  throw new KubernetesError("InvalidResponse", "the answer is no object with a UID");
}

/** Half of a small object's memory, and of no use to a reader. */
function withoutManagedFields<T extends Referred>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
