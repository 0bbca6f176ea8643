import { isKubernetesError, KubernetesError } from "../client/kubernetes-error.ts";
import type { KubernetesClient } from "../client/kubernetes-client.ts";
import type { Resource } from "../client/resource.ts";
import type { SilenceLimit } from "../client/transport.ts";
import type { StoredObject } from "../objects/metadata.ts";
import { isOlder } from "./resource-version.ts";
import type { WatchEvent } from "./watch-events.ts";

/** What is watched. */
export interface Selection<T> {
  readonly client: KubernetesClient;
  readonly resource: Resource<T>;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface StreamedListCall {
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
  readonly silenceMs: number;
  /** How long the server may be silent within the list before it counts as one that does not know streaming lists. */
  readonly listSilenceMs: number;
}

/** All that is there at one version. */
export interface CompleteList<T> {
  readonly type: "LIST";
  readonly objects: readonly T[];
  readonly resourceVersion: string;
}

const pageSize = 500;
const fullListTimeoutMs = 120_000;
const initialEventsEnd = "k8s.io/initial-events-end";

/**
 * The list as the beginning of a watch, which then goes on: the server never holds the whole list in memory, nor do we
 * hold its JSON. Kubernetes has it since 1.32, with exceptions; it fails with reason `StreamingListUnsupported` where
 * it does not work.
 *
 * Source: KEP-3157.
 */
export async function* streamedList<T extends StoredObject>(
  selection: Selection<T>,
  call: StreamedListCall,
): AsyncGenerator<CompleteList<T> | WatchEvent<T>, void, undefined> {
  const { client, resource, ...selectors } = selection;
  const { signal, timeoutSeconds } = call;
  const silence: SilenceLimit = { limitMs: call.listSilenceMs };
  const query = {
    allowWatchBookmarks: true,
    sendInitialEvents: true,
    resourceVersionMatch: "NotOlderThan",
    timeoutSeconds,
  } as const;
  let list: Map<string, T> | undefined = new Map<string, T>();
  try {
    for await (const event of client.watch(resource, { ...selectors, ...query, silence, signal })) {
      if (list === undefined) {
        yield event;
      } else if (event.type !== "BOOKMARK") {
        addInitialEvent(list, event);
      } else if (event.object.metadata.annotations?.[initialEventsEnd] === "true") {
        silence.limitMs = call.silenceMs;
        const objects = [...list.values()];
        list = undefined;
        yield { type: "LIST", objects, resourceVersion: event.object.metadata.resourceVersion };
      }
    }
  } catch (error) {
    if (list !== undefined && isRefusal(error)) throw unsupported(resource, error);
    throw error;
  }
  if (list !== undefined) throw unsupported(resource, undefined);
}

/** The list in pages, as every server has it. Its pages are of one version. */
export async function* pagedList<T extends StoredObject>(
  selection: Selection<T>,
  call: { readonly signal: AbortSignal },
): AsyncGenerator<CompleteList<T>, void, undefined> {
  const { client, resource, ...selectors } = selection;
  const objects: T[] = [];
  let next: string | undefined;
  do {
    try {
      const page = await client.list(resource, { ...selectors, limit: pageSize, continue: next, signal: call.signal });
      objects.push(...itemsOf(page));
      next = page.metadata.continue || undefined;
      if (next === undefined) yield complete(objects, page.metadata.resourceVersion);
    } catch (error) {
      // The version of the first pages has been compacted away: all at once then, as client-go does.
      if (next === undefined || !isKubernetesError(error) || error.code !== 410) throw error;
      const whole = await client.list(resource, { ...selectors, timeoutMs: fullListTimeoutMs, signal: call.signal });
      yield complete(itemsOf(whole), whole.metadata.resourceVersion);
      return;
    }
  } while (next !== undefined);
}

/** Go writes a list that was never filled as null; what stands between us and the API server, and extension servers, do. */
function itemsOf<T>(list: { readonly items: readonly T[] | null }): readonly T[] {
  return list.items ?? [];
}

function complete<T>(objects: readonly T[], resourceVersion: string | undefined): CompleteList<T> {
  if (!resourceVersion)
    throw new KubernetesError("InvalidResponse", "the server's list has no metadata.resourceVersion");
  return { type: "LIST", objects, resourceVersion };
}

/** Changes may come before the list is complete. */
function addInitialEvent<T extends StoredObject>(
  list: Map<string, T>,
  event: Exclude<WatchEvent<T>, { type: "BOOKMARK" }>,
): void {
  const { uid, resourceVersion } = event.object.metadata;
  if (isOlder(resourceVersion, list.get(uid)?.metadata.resourceVersion)) return;
  if (event.type === "DELETED") list.delete(uid);
  else list.set(uid, event.object);
}

function isRefusal(error: unknown): boolean {
  return isKubernetesError(error) && (error.code === 400 || error.code === 422 || error.reason === "DeadlineExceeded");
}

function unsupported(resource: Resource<unknown>, cause: unknown): KubernetesError {
  const why = isKubernetesError(cause) ? cause.message : "the watch ended before its initial events did";
  return new KubernetesError("StreamingListUnsupported", `no streaming list of ${resource.plural}: ${why}`, { cause });
}
