import type { Resource, StoredObject } from "@virtual-kubelet/kubernetes";
import { ApiError } from "../api-error.ts";

/** One change of one object. `previous` is what it was before, absent for `ADDED`. */
export interface StorageEvent<T = StoredObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: Resource<unknown>;
  readonly object: T;
  readonly previous?: T;
}

/** Everything up to this version has been yielded. */
export interface StorageBookmark {
  readonly type: "BOOKMARK";
  readonly version: number;
}

export interface FollowCall {
  readonly signal: AbortSignal;
  /** Yield a bookmark so often, as soon as everything before it has been yielded. */
  readonly bookmarkIntervalMs?: number;
}

/** A link of the chain of events. Whoever holds one can read on from it, also when the history has forgotten it. */
interface Link {
  readonly version: number;
  readonly event: StorageEvent | undefined;
  next?: Link;
}

/** The latest events, in order. Readers never slow the writer down and never lose an event; those that come too late are refused. */
export class WatchHistory {
  readonly #limit: number;
  #newest: Link;
  #oldest: Link;
  #length = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: { readonly limit: number; readonly version: number }) {
    this.#limit = options.limit;
    this.#newest = { version: options.version, event: undefined };
    this.#oldest = this.#newest;
  }

  /** The oldest version from which one can still follow. */
  get oldestVersion(): number {
    return this.#oldest.version;
  }

  append(version: number, event: StorageEvent): void {
    const link: Link = { version, event };
    this.#newest.next = link;
    this.#newest = link;
    this.#length += 1;
    if (this.#length > this.#limit && this.#oldest.next) {
      this.#oldest = this.#oldest.next;
      this.#length -= 1;
    }
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Forgets everything up to now. Readers that are under way read on. */
  compact(): void {
    this.#oldest = this.#newest;
    this.#length = 0;
  }

  /** Events after `version` (default: from now on). Throws `Expired` at once when some of them are forgotten. */
  follow(version: number | undefined, call: FollowCall): AsyncIterable<StorageEvent | StorageBookmark> {
    return this.#read(version === undefined ? this.#newest : this.#linkOf(version), call);
  }

  #linkOf(version: number): Link {
    if (version < this.#oldest.version || version > this.#newest.version) {
      throw new ApiError("Expired", `too old resource version: ${version} (${this.#oldest.version})`);
    }
    let link = this.#oldest;
    while (link.next && link.next.version <= version) link = link.next;
    return link;
  }

  async *#read(start: Link, call: FollowCall): AsyncGenerator<StorageEvent | StorageBookmark> {
    const { bookmarkIntervalMs } = call;
    let link = start;
    let markedAtMs = Date.now();
    while (!call.signal.aborted) {
      // Counted from the last bookmark: what a reader does not care for may happen all the time.
      const restMs = bookmarkIntervalMs === undefined ? undefined : markedAtMs + bookmarkIntervalMs - Date.now();
      if (link.next) {
        link = link.next;
        if (link.event) yield link.event;
      } else if ((restMs !== undefined && restMs <= 0) || !(await this.#change(call.signal, restMs))) {
        yield { type: "BOOKMARK", version: link.version };
        markedAtMs = Date.now();
      }
    }
  }

  /** Resolves to false when nothing has happened within `limitMs`. */
  #change(signal: AbortSignal, limitMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (changed: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve(changed);
      };
      const wake = (): void => end(true);
      const timer = limitMs === undefined ? undefined : setTimeout(end, limitMs, false);
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }
}
