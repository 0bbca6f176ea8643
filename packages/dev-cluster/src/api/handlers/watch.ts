import { randomInt } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { StoredObject } from "@virtual-kubelet/kubernetes";
import { ApiError } from "../../api-error.ts";
import type { StorageBookmark, StorageEvent } from "../../storage/watch-history.ts";
import type { ApiAnswer, ResourceRequest } from "../request.ts";
import { represented, representedBookmark } from "../representation.ts";
import type { Selector } from "../selectors/label-selector.ts";
import { selected } from "../selectors/selection.ts";
import { checkWatchOptions } from "./list-options.ts";

const bookmarkIntervalMs = 10_000;
/** What is longer a timer takes for nothing. */
const longestTimeoutMs = 2 ** 31 - 1;

interface WatchEvent {
  readonly type: string;
  readonly object: object;
}

/** A watch: one JSON object per line until the client goes or its `timeoutSeconds` have passed. */
export function watch(request: ResourceRequest, selector: Selector): ApiAnswer {
  checkWatchOptions(request);
  const timeoutSeconds = Number(request.query.get("timeoutSeconds") ?? 0) || randomInt(1800, 3600);
  const timeoutMs = Math.min(Math.max(Math.ceil(timeoutSeconds * 1000), 0), longestTimeoutMs);
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  const events = watchEvents(request, selector, signal);
  return {
    stream: async (response) => {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
      response.flushHeaders();
      for await (const event of events) await writeLine(response, event, signal);
      response.end();
    },
  };
}

/**
 * The initial state first when it is asked for, or when the watch starts at no version or any version (`0`). A version that is forgotten gives one
 * ERROR event (410), as the real server's watch cache does.
 */
async function* watchEvents(
  request: ResourceRequest,
  selector: Selector,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const { query, storage } = request;
  const version = query.get("resourceVersion") ?? "";
  const initial =
    query.get("sendInitialEvents") === "true" ||
    (query.get("sendInitialEvents") === null && (version === "" || version === "0"));
  const bookmarks = ["true", "1"].includes(query.get("allowWatchBookmarks") ?? "") ? { bookmarkIntervalMs } : {};
  let events: AsyncIterable<StorageEvent | StorageBookmark>;
  try {
    events = storage.follow(initial || version === "" || version === "0" ? undefined : Number(version), {
      signal,
      ...bookmarks,
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    yield { type: "ERROR", object: error.status() };
    return;
  }
  if (initial) {
    const now = storage.version;
    for (const object of selected(request, selector)) yield { type: "ADDED", object: represented(request, object) };
    if (query.get("sendInitialEvents") === "true" && "bookmarkIntervalMs" in bookmarks) {
      yield { type: "BOOKMARK", object: representedBookmark(request, now, { "k8s.io/initial-events-end": "true" }) };
    }
  }
  for await (const event of events) {
    const seen =
      event.type === "BOOKMARK"
        ? { type: "BOOKMARK", object: representedBookmark(request, event.version) }
        : seenBy(request, selector, event);
    if (seen) yield seen;
  }
}

/** An object that no longer is selected is deleted for this watcher, one that now is selected is added. */
function seenBy(request: ResourceRequest, selector: Selector, event: StorageEvent): WatchEvent | undefined {
  const { resource } = request.served;
  if (event.resource.plural !== resource.plural || event.resource.group !== resource.group) return undefined;
  if (request.namespace !== undefined && event.object.metadata.namespace !== request.namespace) return undefined;
  const type = typeFor(event, selector);
  return (
    type && {
      type,
      object: represented(
        request,
        type === "DELETED" && event.previous ? asDeleted(event.previous, event.object) : event.object,
      ),
    }
  );
}

export function typeFor(
  { type, object, previous }: StorageEvent,
  selector: Selector,
): StorageEvent["type"] | undefined {
  const before = previous !== undefined && selector(previous);
  const after = type !== "DELETED" && selector(object);
  if (after) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

/** What left is shown as it last was, with the version of its leaving. */
function asDeleted(previous: StoredObject, last: StoredObject): StoredObject {
  const { resourceVersion, deletionTimestamp, deletionGracePeriodSeconds } = last.metadata;
  const marks =
    deletionTimestamp === undefined
      ? {}
      : { deletionTimestamp, deletionGracePeriodSeconds: deletionGracePeriodSeconds ?? 0 };
  return { ...previous, metadata: { ...previous.metadata, ...marks, ...(resourceVersion ? { resourceVersion } : {}) } };
}

async function writeLine(response: ServerResponse, event: WatchEvent, signal: AbortSignal): Promise<void> {
  if (response.write(`${JSON.stringify(event)}\n`) || signal.aborted) return;
  await once(response, "drain", { signal }).catch(() => undefined);
}
