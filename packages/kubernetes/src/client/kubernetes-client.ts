import type { Connection } from "../connection/connection.ts";
import type { Draft, KubernetesObject, ObjectList } from "../objects/metadata.ts";
import type { Status } from "../objects/generated/kubernetes-objects.ts";
import { type WatchEvent, type WatchOptions, watchEvents } from "../watch/watch-events.ts";
import { type Patch, patchContentTypes } from "./patch.ts";
import type { ObjectName, Resource } from "./resource.ts";
import { apiVersionOf, collectionPath, creationPath, objectPath, type QueryValue, withQuery } from "./resource-path.ts";
import { Transport, type TransportRequest } from "./transport.ts";

export interface KubernetesClientOptions {
  readonly connection: Connection;
  /** The API server takes what stands before the first `/` as the field manager of changes that name none. */
  readonly userAgent?: string;
  /**
   * How many requests may be under way at once, 32 if not said; more wait. Watches do not count, nor do requests for nodes,
   * leases and events, which have a few connections of their own: a sign of life is never behind pods, nor pods behind events.
   */
  readonly maxConnections?: number;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** How long to wait for the whole answer, retries included; 30,000 if not said. */
  readonly timeoutMs?: number;
  /** The server does everything but store the outcome. */
  readonly dryRun?: boolean;
}

export interface ListOptions extends RequestOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan" | undefined;
}

export interface DeleteOptions extends RequestOptions {
  readonly gracePeriodSeconds?: number;
  /** Delete only the object of this UID; another one is a `Conflict`. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
}

/** A request of any kind, for what the other methods do not cover. */
export interface RawRequest extends RequestOptions {
  readonly method: TransportRequest["method"];
  /** From the root of the API server: `/apis/apps/v1`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const defaultTimeoutMs = 30_000;

/**
 * The requests of one identity to one API server. Every method rejects with a `KubernetesError`, or with the reason of
 * `signal` once that is aborted. Objects come as the server sends them: nothing is converted, and nothing unknown is dropped.
 */
export class KubernetesClient implements AsyncDisposable {
  readonly #transport: Transport;

  constructor(options: KubernetesClientOptions) {
    const { connection, userAgent = "virtual-kubelet", maxConnections = 32 } = options;
    this.#transport = new Transport({ connection, userAgent, maxConnections });
  }

  async get<T>(resource: Resource<T>, name: ObjectName, options: RequestOptions = {}): Promise<T> {
    return this.request<T>({ ...options, method: "GET", path: objectPath(resource, name) });
  }

  async list<T>(resource: Resource<T>, options: ListOptions = {}): Promise<ObjectList<T>> {
    const { namespace, labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = options;
    const query = {
      labelSelector,
      fieldSelector,
      limit,
      continue: options.continue,
      resourceVersion,
      resourceVersionMatch,
    };
    return this.request<ObjectList<T>>({ ...options, method: "GET", path: collectionPath(resource, namespace), query });
  }

  /** Creates `object` in the namespace that its metadata says. */
  async create<T extends KubernetesObject>(
    resource: Resource<T>,
    object: Draft<T>,
    options: RequestOptions = {},
  ): Promise<T> {
    const path = creationPath(resource, object.metadata?.namespace);
    return this.request<T>({ ...options, method: "POST", path, body: { ...kindOf(resource), ...object } });
  }

  /** Posts to a subresource: `serviceaccounts/token`, `pods/eviction`, `pods/binding`. */
  async createSubresource<R>(
    resource: Resource<unknown>,
    name: ObjectName & { readonly subresource: string },
    options: RequestOptions & { readonly body: object },
  ): Promise<R> {
    return this.request<R>({ ...options, method: "POST", path: objectPath(resource, name, name.subresource) });
  }

  /** Writes the whole object. With `metadata.resourceVersion` in it, only over that very version: else it is a `Conflict`. */
  async replace<T extends KubernetesObject>(
    resource: Resource<T>,
    object: T,
    options: RequestOptions & { readonly subresource?: string } = {},
  ): Promise<T> {
    const { name = "", namespace } = object.metadata ?? {};
    const path = objectPath(resource, { name, ...(namespace === undefined ? {} : { namespace }) }, options.subresource);
    return this.request<T>({ ...options, method: "PUT", path, body: { ...kindOf(resource), ...object } });
  }

  async patch<T>(
    resource: Resource<T>,
    name: ObjectName,
    options: RequestOptions & { readonly patch: Patch; readonly subresource?: string },
  ): Promise<T> {
    const { patch } = options;
    const apply = patch.type === "apply";
    return this.request<T>({
      ...options,
      method: "PATCH",
      path: objectPath(resource, name, options.subresource),
      query: apply ? { fieldManager: patch.fieldManager, force: patch.force } : {},
      body: apply ? { ...kindOf(resource), ...patch.body } : patch.body,
      contentType: patchContentTypes[patch.type],
    });
  }

  /** The object as it is on its way out, when it stays for its grace period or its finalizers; else a `Status`. */
  async delete<T>(resource: Resource<T>, name: ObjectName, options: DeleteOptions = {}): Promise<T | Status> {
    const { gracePeriodSeconds, uid, resourceVersion, propagationPolicy } = options;
    const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };
    const body = { apiVersion: "v1", kind: "DeleteOptions", gracePeriodSeconds, preconditions, propagationPolicy };
    return this.request<T | Status>({ ...options, method: "DELETE", path: objectPath(resource, name), body });
  }

  /**
   * The events of one watch request, until the server ends it; for a store that stays true across many, see `ObjectWatch`.
   * An `ERROR` event is thrown.
   */
  watch<T>(resource: Resource<T>, options: WatchOptions = {}): AsyncIterable<WatchEvent<T>> {
    return watchEvents(this.#transport, resource, options);
  }

  /** Any request whose answer is JSON, which comes back parsed. */
  async request<R>(request: RawRequest): Promise<R> {
    const { method, path, query, body, contentType, headers, signal, timeoutMs = defaultTimeoutMs } = request;
    const answer = await this.#transport.json(
      {
        method,
        path: withQuery(path, { ...query, dryRun: request.dryRun ? "All" : undefined }),
        body: body === undefined ? undefined : JSON.stringify(body),
        contentType,
        headers,
      },
      { signal, timeoutMs },
    );
    return answer as R;
  }

  /**
   * Waits to try again, but no longer than an outage lasts: resolves to `true` when the API server answers somebody again that
   * it did not for a second or more, to `false` when the time is up or the signal aborted.
   */
  async untilBack(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<boolean> {
    return this.#transport.reachability.untilBack(options);
  }

  /** Ends all connections. What is under way fails with a `KubernetesError` of reason `Closed`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }
}

function kindOf(resource: Resource<unknown>): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind };
}
