import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { StoredObject } from "@virtual-kubelet/kubernetes";
import type { KubeletClient } from "../kubelet/client.ts";
import type { ObjectStorage } from "../storage/object-storage.ts";
import type { ServedResource } from "./served-resources.ts";

/** Who asks, by the client certificate: common name and organizations. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** One HTTP request. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly user: User;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  body(): Promise<Buffer>;
}

/** A request for objects of one resource. With `dryRun=All`, `storage` is a copy that is thrown away. */
export interface ResourceRequest extends ApiRequest {
  readonly served: ServedResource;
  readonly namespace: string | undefined;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource: string;
  readonly storage: ObjectStorage;
  readonly kubelet: KubeletClient;
}

/** An answer of one piece, sent as JSON, or one that is written bit by bit. */
export type ApiAnswer =
  | {
      readonly code?: number;
      readonly body: unknown;
      readonly contentType?: string;
      readonly warnings?: readonly string[];
    }
  | { readonly stream: (response: ServerResponse) => Promise<void> };

/** What a client may send: JSON whose fields are not checked yet. */
export type JsonObject = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that the request names, or `NotFound`. */
export type Handler = (request: ResourceRequest) => ApiAnswer | Promise<ApiAnswer>;

/** A stored object seen as JSON. */
export function asJson(object: StoredObject): JsonObject {
  return object as unknown as JsonObject;
}
