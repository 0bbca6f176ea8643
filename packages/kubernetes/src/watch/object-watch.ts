import { isKubernetesError, KubernetesError } from "../client/kubernetes-error.ts";
import { pause } from "../client/pause.ts";
import { collectionPath } from "../client/resource-path.ts";
import { publish } from "../diagnostics/publish.ts";
import type { StoredObject } from "../objects/metadata.ts";
import { Backoff, type BackoffOptions } from "./backoff.ts";
import { ingest } from "./ingest.ts";
import { type CompleteList, pagedList, type Selection, streamedList } from "./list-then-watch.ts";
import { type ObjectChange, type ObjectStore, WatchedObjects } from "./object-store.ts";
import { compareResourceVersions, isOlder } from "./resource-version.ts";
import type { WatchEvent } from "./watch-events.ts";

type WatchLogMethod = (fields: object, message: string) => void;

/** The part of a logger that a watch uses. */
export interface WatchLogger {
  readonly debug: WatchLogMethod;
  readonly info: WatchLogMethod;
  readonly warn: WatchLogMethod;
  readonly error: WatchLogMethod;
}

export interface ObjectWatchOptions<T> extends Selection<T> {
  readonly logger?: WatchLogger | undefined;
  readonly backoff?: BackoffOptions | undefined;
  /** After how long without a byte a watch counts as dead; 50,000 if not said. */
  readonly silenceMs?: number | undefined;
  /** After how long without a byte a streaming list counts as not supported; 5,000 if not said. */
  readonly listSilenceMs?: number | undefined;
}

type TurnItem<T> = CompleteList<T> | WatchEvent<T>;

/** A watch that ended sooner than this and brought nothing is not opened again at once. */
const shortestTurnMs = 1000;
/** How often a list that is older than what is known is refused, before it is believed: etcd may have been restored. */
const maxStaleLists = 5;
/** How often the same place may be unreadable before a list is to step over it. */
const maxUnreadable = 3;

/**
 * Keeps a store true to what the API server has: lists, then watches, for ever. A watch that ends goes on from the last
 * version that was seen; only a version that the server no longer has leads to another list.
 *
 * **Silence.** A quiet watch and a dead one look alike. The kernel finds a peer that has left the network (TCP
 * keepalive, 25 s), but not a server or proxy that hangs. A real API server sends bookmarks, but only once a minute,
 * which is too late; it also sends one just before the end of a watch. So a watch that was silent for 50 s is opened
 * again from the last version, and from then on for 45 s at a time, until something happens: every turn of a server
 * that lives ends in time, with a bookmark that brings the version forward, so the next turn finds it still there.
 */
export class ObjectWatch<T extends StoredObject> {
  readonly store: ObjectStore<T>;
  readonly #options: ObjectWatchOptions<T>;
  readonly #objects = new WatchedObjects<T>();
  readonly #backoff: Backoff;
  readonly #silenceMs: number;
  /** The newest version that is known; watches go on from here. */
  #position: string | undefined;
  #mustList = true;
  #streaming = true;
  #quiet = false;
  #staleLists = 0;
  #unreadable = 0;
  #running = false;
  #failure: unknown;

  constructor(options: ObjectWatchOptions<T>) {
    // A namespace that cannot be is the caller's error: it shows here, not as an endless failure.
    collectionPath(options.resource, options.namespace);
    this.store = this.#objects;
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
    this.#silenceMs = options.silenceMs ?? 50_000;
  }

  /** Why the last list or watch failed, as long as none has succeeded since: that it is refused, say, which `run` does not end for. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * The changes of the store, each after it was made; `synced` after each complete list. It neither ends nor throws
   * because of the server, and ends when `signal` is aborted. One run at a time; a later one begins with a list.
   */
  async *run(call: { readonly signal: AbortSignal }): AsyncGenerator<ObjectChange<T>, void, undefined> {
    if (this.#running) throw new Error(`the watch of ${this.#options.resource.plural} is already running`);
    this.#running = true;
    this.#mustList = true;
    try {
      while (!call.signal.aborted) yield* this.#turn(call.signal);
    } finally {
      this.#running = false;
    }
  }

  /** One list or watch, to its end, and the wait before the next. */
  async *#turn(signal: AbortSignal): AsyncGenerator<ObjectChange<T>, void, undefined> {
    const startedAt = performance.now();
    const start = this.#position;
    const listing = this.#mustList;
    let failure: unknown;
    let news = false;
    try {
      for await (const item of this.#items(signal)) {
        this.#failure = undefined;
        news ||= item.type !== "BOOKMARK";
        yield* this.#apply(item);
      }
    } catch (error) {
      if (signal.aborted) return;
      failure = error;
    }
    this.#failure = failure;
    const advanced = this.#position !== start || (listing && !this.#mustList);
    if (advanced) this.#unreadable = 0;
    this.#quiet = isKubernetesError(failure, "DeadlineExceeded") || (this.#quiet && !news);
    const delayMs = this.#delayAfter(failure, { advanced, lastedMs: performance.now() - startedAt });
    const resource = this.#options.resource.plural;
    publish("virtual-kubelet:watch-restart", () => ({ resource, reason: reasonOf(failure), delayMs }));
    if (delayMs > 0) await this.#pause(delayMs, { failure, signal });
  }

  /** Not longer than an outage lasts, unless the server has said how long. */
  async #pause(
    delayMs: number,
    { failure, signal }: { readonly failure: unknown; readonly signal: AbortSignal },
  ): Promise<void> {
    const isAsked = isKubernetesError(failure) && failure.retryAfterMs !== undefined;
    if (isAsked) await pause(delayMs, signal).catch(() => {});
    else await this.#options.client.untilBack({ signal, timeoutMs: delayMs });
  }

  #items(signal: AbortSignal): AsyncIterable<TurnItem<T>> {
    const { client, resource, namespace, labelSelector, fieldSelector, listSilenceMs = 5000 } = this.#options;
    const selection: Selection<T> = { client, resource, namespace, labelSelector, fieldSelector };
    const silenceMs = this.#silenceMs;
    const timeoutSeconds = this.#quiet ? Math.ceil((silenceMs * 0.9) / 1000) : Math.round(300 + Math.random() * 300);
    if (this.#mustList && !this.#streaming) return pagedList(selection, { signal });
    if (this.#mustList) return streamedList(selection, { signal, timeoutSeconds, silenceMs, listSilenceMs });
    return client.watch(resource, {
      namespace,
      labelSelector,
      fieldSelector,
      resourceVersion: this.#position,
      allowWatchBookmarks: true,
      timeoutSeconds,
      silence: { limitMs: silenceMs },
      signal,
    });
  }

  #apply(item: TurnItem<T>): ObjectChange<T>[] {
    if (item.type === "LIST") return this.#applyList(item);
    const version = item.object.metadata.resourceVersion;
    if (item.type === "BOOKMARK") {
      this.#advance(version);
      return [];
    }
    const object = ingest(item.object, this.#options.resource);
    const deleted = item.type === "DELETED";
    // Deleted is deleted for good, unless the object only left the selector and has come back since.
    const than = deleted ? this.#objects.get(object.metadata.uid)?.metadata.resourceVersion : this.#position;
    const outdated = deleted ? isOlder(version, than) : (compareResourceVersions(version, than) ?? 1) <= 0;
    this.#advance(version);
    if (outdated) return [];
    return deleted ? this.#objects.delete(object) : this.#objects.set(object);
  }

  #applyList(list: CompleteList<T>): ObjectChange<T>[] {
    if (isOlder(list.resourceVersion, this.#position) && this.#staleLists++ < maxStaleLists) {
      const message = `the server's list is of version ${list.resourceVersion}, older than ${this.#position}, which is known`;
      throw new KubernetesError("StaleList", message);
    }
    // First: with an object that cannot be read the list is not ours yet, and must be asked for again.
    const objects = list.objects.map((object) => ingest(object, this.#options.resource));
    this.#staleLists = 0;
    this.#mustList = false;
    this.#position = list.resourceVersion;
    return this.#objects.replace(objects);
  }

  #advance(version: string | undefined): void {
    if (version !== undefined && !isOlder(version, this.#position)) this.#position = version;
  }

  /** How long to wait before the next turn, which is noted to be a list if it must be one. */
  #delayAfter(failure: unknown, turn: { readonly advanced: boolean; readonly lastedMs: number }): number {
    const { logger, resource } = this.#options;
    if (failure === undefined) return turn.advanced || turn.lastedMs >= shortestTurnMs ? 0 : this.#backoff.next();
    if (isKubernetesError(failure, "StreamingListUnsupported")) {
      this.#streaming = false;
      logger?.debug({ err: failure }, "listing in pages from now on");
      return 0;
    }
    if (isKubernetesError(failure, "InvalidResponse")) this.#unreadable++;
    if (isVersionGone(failure) || this.#unreadable >= maxUnreadable) {
      this.#mustList = true;
      this.#unreadable = 0;
    }
    // A day, or the date of a clock that is wrong, would be a day without news.
    const askedMs = Math.min(isKubernetesError(failure) ? (failure.retryAfterMs ?? 0) : 0, this.#backoff.maxMs);
    // A list is no progress to go on from when another must follow it: a server that ends each at once is not hurried.
    const delayMs = turn.advanced && !this.#mustList ? askedMs : Math.max(askedMs, this.#backoff.next());
    const log = turn.advanced || this.#quiet ? logger?.debug : logger?.warn;
    log?.call(
      logger,
      { err: failure, resource: resource.plural, delayMs: Math.round(delayMs) },
      "watch failed, trying again",
    );
    return delayMs;
  }
}

/** Why a turn ended, in a word. */
function reasonOf(failure: unknown): string {
  if (failure === undefined) return "ended";
  return isKubernetesError(failure) ? failure.reason || String(failure.code) : "Unknown";
}

/** The server cannot go on from our version: it has forgotten it (410), or never had it (etcd was restored). */
function isVersionGone(error: unknown): boolean {
  if (!isKubernetesError(error)) return false;
  const causes = error.details?.causes ?? [];
  return error.code === 410 || causes.some((cause) => cause.reason === "ResourceVersionTooLarge");
}
