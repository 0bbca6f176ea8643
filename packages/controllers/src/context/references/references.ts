import {
  type ConfigMap,
  type KubernetesClient,
  type Pod,
  type Secret,
  type Service,
  resources,
} from "@virtual-kubelet/kubernetes";
import { type Call, type Logger, type ObjectRef, type PodRef, ProviderError } from "@virtual-kubelet/provider";
import { News } from "../news.ts";
import { podGone } from "../pod-gone.ts";
import { type Reference, referencesOf } from "./references-of.ts";
import { ReferredObjects } from "./referred-objects.ts";
import { WatchedServices } from "./watched-services.ts";

export interface ReferencesOptions {
  readonly client: KubernetesClient;
  readonly logger: Logger;
  /** Whether the cluster has the pod on this node. */
  readonly isHere: (podUid: string) => boolean;
}

/** What is kept for a pod as long as it is there. */
interface Follower {
  readonly pod: PodRef;
  /** Of what it refers to. */
  readonly references: News;
  /** Of that, and of the pod itself. */
  readonly all: News;
  readonly end: AbortController;
  /** How many wait to hear of changes. */
  listeners: number;
}

/** Hears of changes until it is disposed of. */
export interface Listening extends Disposable {
  readonly news: News;
  /** Aborts when the call's does, and when the pod is gone. */
  readonly signal: AbortSignal;
}

/** How often it is looked for watches that nobody needs. As a kubelet, which gives up those of which it hears no need for some minutes. */
const sweepMs = 60_000;

/**
 * What the pods of the node refer to: each ConfigMap and Secret is watched by its name from when a pod first asks for it, once
 * for all pods that use it, until the last of them is gone; services are watched while a pod needs them. Nothing else is. Each
 * watch is a connection: one of which no pod waits to hear is closed after some minutes, and opened again when it is needed.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/util/manager/watch_based_manager.go
 */
export class References implements AsyncDisposable {
  readonly #options: ReferencesOptions;
  readonly #configMaps: ReferredObjects<ConfigMap>;
  readonly #secrets: ReferredObjects<Secret>;
  readonly #apiServer: ReferredObjects<Service>;
  readonly #services: WatchedServices;
  readonly #pods = new Map<string, Follower>();
  /** Watches that are about to end. */
  readonly #ending = new Set<Promise<unknown>>();
  readonly #sweeping: NodeJS.Timeout;
  #isEnded = false;

  constructor(options: ReferencesOptions) {
    this.#options = options;
    const { client, logger } = options;
    const changed = (uids: Iterable<string>): void => {
      for (const uid of uids) {
        this.#pods.get(uid)?.references.tell();
        this.#pods.get(uid)?.all.tell();
      }
    };
    this.#configMaps = new ReferredObjects({ client, logger, changed, resource: resources.configMaps });
    this.#secrets = new ReferredObjects({ client, logger, changed, resource: resources.secrets });
    // No pod refers to it by name: that it changes is no news of theirs.
    this.#apiServer = new ReferredObjects({ client, logger, changed: () => {}, resource: resources.services });
    this.#services = new WatchedServices({ client, logger });
    this.#sweeping = setInterval(() => this.#sweep(), sweepMs);
    this.#sweeping.unref();
  }

  /**
   * A ConfigMap of the pod's namespace, not older than the pod's first need of it.
   *
   * @throws ProviderError `Unauthorized`, `Unavailable`, or `NotFound` when the pod is gone.
   */
  async configMap(pod: Pod, name: string, { signal }: Call): Promise<ConfigMap | undefined> {
    return this.#configMaps.read(pod.metadata, name, { signal: this.#during(pod, signal) });
  }

  /** The same of a Secret. */
  async secret(pod: Pod, name: string, { signal }: Call): Promise<Secret | undefined> {
    return this.#secrets.read(pod.metadata, name, { signal: this.#during(pod, signal) });
  }

  /** Service default/kubernetes, by which every pod finds the API server. */
  async apiServer(pod: Pod, { signal }: Call): Promise<Service | undefined> {
    const signals = { signal: this.#during(pod, signal) };
    return this.#apiServer.read({ ...pod.metadata, namespace: "default" }, "kubernetes", signals);
  }

  /** All services of the cluster. */
  async services(pod: Pod, { signal }: Call): Promise<readonly Service[]> {
    return this.#services.list(pod.metadata.uid, { signal: this.#during(pod, signal) });
  }

  /** Resolves once something that the pod refers to has changed since the pod last read it or was told of a change. */
  async changed(pod: Pod, { signal }: Call): Promise<void> {
    const follower = this.#follower(pod);
    const { count } = follower.references;
    if (this.#hasNews(pod)) return;
    using listening = this.#listen(follower, signal);
    await follower.references.after(count, listening);
    // Told of it all, it waits for the next.
    this.#hasNews(pod);
  }

  /** What tells of changes of the pod, and of the objects that it has asked for. */
  listen(pod: Pod, { signal }: Call): Listening {
    return this.#listen(this.#follower(pod), signal);
  }

  /** There is a new version of the pod. */
  podChanged(podUid: string): void {
    this.#pods.get(podUid)?.all.tell();
  }

  /** The object, when it is followed for some pod. */
  followed(reference: Reference & ObjectRef): ConfigMap | Secret | undefined {
    return this.#of(reference.kind).used(reference)?.followed;
  }

  /** The pod is gone, or has ended: what only it used is watched no more, and who waits on its behalf is told. */
  forget(podUid: string): void {
    const follower = this.#pods.get(podUid);
    if (follower) this.#end(follower, podGone(follower.pod));
  }

  #end({ pod: { uid: podUid }, end }: Follower, why: ProviderError): void {
    this.#pods.delete(podUid);
    end.abort(why);
    const ending = Promise.all(this.#kinds.map((kind) => kind.forget(podUid)));
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    clearInterval(this.#sweeping);
    for (const follower of this.#pods.values()) this.#end(follower, nodeStops());
    await Promise.all(this.#ending);
  }

  /** Each is asked, not only until one has changed: from here on all of them are watched. */
  #hasNews(pod: Pod): boolean {
    if (!this.#pods.has(pod.metadata.uid)) return false;
    const changed = referencesOf(pod).filter(({ kind, name }) => this.#of(kind).hasNews(pod.metadata, name));
    return changed.length > 0;
  }

  get #kinds(): readonly { forget(podUid: string): Promise<void> }[] {
    return [this.#configMaps, this.#secrets, this.#apiServer, this.#services];
  }

  #of(kind: Reference["kind"]): ReferredObjects<ConfigMap> | ReferredObjects<Secret> {
    return kind === "ConfigMap" ? this.#configMaps : this.#secrets;
  }

  #during(pod: Pod, signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#follower(pod).end.signal]);
  }

  #listen(follower: Follower, signal: AbortSignal): Listening {
    follower.listeners++;
    return {
      news: follower.all,
      signal: AbortSignal.any([signal, follower.end.signal]),
      [Symbol.dispose]: () => void follower.listeners--,
    };
  }

  #sweep(): void {
    const isListening = (uid: string): boolean => (this.#pods.get(uid)?.listeners ?? 0) > 0;
    for (const kind of [this.#configMaps, this.#secrets, this.#apiServer]) kind.sweep(isListening);
  }

  /** A pod that is gone must not be followed anew by what was still under way for it: nobody would forget it again. */
  #follower({ metadata }: Pod): Follower {
    const { uid } = metadata;
    const known = this.#pods.get(uid);
    if (known) return known;
    if (this.#isEnded) throw nodeStops();
    if (!this.#options.isHere(uid)) throw podGone(metadata);
    const follower = {
      pod: metadata,
      references: new News(),
      all: new News(),
      end: new AbortController(),
      listeners: 0,
    };
    this.#pods.set(uid, follower);
    return follower;
  }
}

function nodeStops(): ProviderError {
  return new ProviderError("Unavailable", "The node stops");
}
