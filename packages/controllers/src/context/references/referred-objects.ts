import type { KubernetesClient, Resource, WatchLogger } from "@virtual-kubelet/kubernetes";
import { type Call, type Logger, type ObjectRef, type PodRef, ProviderError } from "@virtual-kubelet/provider";
import { watchLogger } from "./watch-logger.ts";
import { type Referred, WatchedObject } from "./watched-object.ts";

export interface ReferredObjectsOptions<T> {
  readonly client: KubernetesClient;
  readonly resource: Resource<T>;
  readonly logger: Logger;
  /** An object has changed that these pods use. */
  readonly changed: (podUids: Iterable<string>) => void;
}

/** How one pod uses one object. */
interface Use {
  readonly sinceMs: number;
  /** The change of the object that the pod has read or been told of last. */
  seen: number;
}

interface Entry<T extends Referred> {
  readonly object: WatchedObject<T>;
  readonly uses: Map<string, Use>;
  changes: number;
  /** How often it was found unused since it was last used. */
  unused: number;
}

/** So often it has to be found unused before its watch is closed. */
const patience = 5;

/** The objects of one kind that pods of the node use, each for as long as some pod does. */
export class ReferredObjects<T extends Referred> {
  readonly #options: ReferredObjectsOptions<T>;
  readonly #watchLogger: WatchLogger;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(options: ReferredObjectsOptions<T>) {
    this.#options = options;
    this.#watchLogger = watchLogger(options.logger);
  }

  /** No older than the moment at which the pod first asked for it. */
  async read(pod: PodRef, name: string, { signal }: Call): Promise<T | undefined> {
    const [entry, use] = this.#use(pod, name);
    const { changes } = entry;
    const object = await entry.object.read({ signal, asOfMs: use.sinceMs });
    use.seen = changes;
    return object;
  }

  /** Whether it has changed since the pod last read it or was told. From now on it is watched. */
  hasNews(pod: PodRef, name: string): boolean {
    const [entry, use] = this.#use(pod, name);
    entry.object.wake();
    const isNews = use.seen !== entry.changes;
    use.seen = entry.changes;
    return isNews;
  }

  /** The object, when some pod uses it. */
  used({ namespace, name }: ObjectRef): WatchedObject<T> | undefined {
    const entry = this.#entries.get(keyOf(namespace, name));
    if (entry) entry.unused = 0;
    return entry?.object;
  }

  /**
   * To be called now and then. Closes watches that nobody has needed for a while: of objects that were read once, for an
   * environment, and of whose changes no pod waits to hear. Asks for those of which one does, but that cannot be watched.
   */
  sweep(isListening: (podUid: string) => boolean): void {
    for (const entry of this.#entries.values()) {
      const isNeeded = [...entry.uses.keys()].some(isListening);
      entry.unused = isNeeded ? 0 : entry.unused + 1;
      if (entry.unused >= patience) entry.object.rest();
      else if (isNeeded && entry.object.isUnwatchable) void entry.object.refresh();
    }
  }

  /** The pod uses nothing any more. Resolves when the watches that were only for it have ended. */
  async forget(podUid: string): Promise<void> {
    const left: WatchedObject<T>[] = [];
    for (const [key, { object, uses }] of this.#entries) {
      if (!uses.delete(podUid) || uses.size > 0) continue;
      this.#entries.delete(key);
      left.push(object);
    }
    await Promise.all(left.map((object) => object[Symbol.asyncDispose]()));
  }

  #use({ namespace, uid }: PodRef, name: string): readonly [Entry<T>, Use] {
    const key = keyOf(namespace, name);
    // Before the object is asked for: what is asked for in that moment is new enough.
    const fresh: Use = { sinceMs: performance.now(), seen: 0 };
    const entry = this.#entries.get(key) ?? this.#open(key, { namespace, name });
    const use = entry.uses.get(uid) ?? { ...fresh, seen: entry.changes };
    entry.uses.set(uid, use);
    entry.unused = 0;
    return [entry, use];
  }

  #open(key: string, name: ObjectRef): Entry<T> {
    const { client, resource, logger } = this.#options;
    if (name.name === "." || name.name === "..")
      throw new ProviderError("InvalidInput", `"${name.name}" cannot be the name of a ${resource.kind}`);
    const changed = (): void => {
      entry.changes++;
      this.#options.changed(entry.uses.keys());
    };
    const loggers = { logger, watchLogger: this.#watchLogger };
    const object = new WatchedObject<T>({ client, resource, name, changed, ...loggers });
    const entry: Entry<T> = { object, uses: new Map(), changes: 0, unused: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
