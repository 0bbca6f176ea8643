import { errorFromInvalidAnswer, errorFromStatus } from "../client/error-from-answer.ts";
import type { Resource } from "../client/resource.ts";
import { collectionPath, withQuery } from "../client/resource-path.ts";
import type { SilenceLimit, Transport } from "../client/transport.ts";
import { splitLines } from "./split-lines.ts";

export interface WatchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Continue after this version; absent: begin with all that is there. */
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: "NotOlderThan" | undefined;
  readonly allowWatchBookmarks?: boolean | undefined;
  readonly sendInitialEvents?: boolean | undefined;
  /** When the server shall end the watch. */
  readonly timeoutSeconds?: number | undefined;
  /** How long the server may take to accept the watch; 30,000 if not said. */
  readonly timeoutMs?: number | undefined;
  /**
   * After how long without a single byte the watch fails with `DeadlineExceeded`; absent: never. May be changed
   * meanwhile.
   */
  readonly silence?: SilenceLimit | undefined;
}

/** What a bookmark carries: how far the watch has come, and nothing else. */
export interface Bookmark {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> };
}

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: Bookmark };

const eventTypes: ReadonlySet<unknown> = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]);

/** The events of one watch request; fails with `InvalidResponse` on a line that is none. */
export async function* watchEvents<T>(
  transport: Transport,
  resource: Resource<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { namespace, signal, timeoutMs = 30_000, silence, ...query } = options;
  const collection = collectionPath(resource, namespace);
  const what = `watch of ${collection}`;
  const path = withQuery(collection, { watch: true, ...query });
  const bytes = transport.stream({ method: "GET", path }, { signal, timeoutMs, silence });
  for await (const line of splitLines(bytes)) {
    yield eventFromLine<T>(line, what);
  }
}

/** One line of a watch. Throws the error that an `ERROR` event carries. */
export function eventFromLine<T>(line: Uint8Array, what: string): WatchEvent<T> {
  const event = parseLine(line, what);
  if (event?.type === "ERROR" && isObject(event.object)) throw errorFromStatus(event.object, { what });
  if (!event || !eventTypes.has(event.type) || !isObject(event.object) || !isObject(event.object["metadata"])) {
    throw errorFromInvalidAnswer({ what, problem: "a line is no watch event", text: textOf(line) });
  }
  return event as unknown as WatchEvent<T>;
}

function parseLine(line: Uint8Array, what: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(utf8.decode(line));
    return isObject(parsed) ? parsed : undefined;
  } catch (cause) {
    throw errorFromInvalidAnswer({ what, problem: "a line is not JSON", text: textOf(line), cause });
  }
}

// A half character is an error, not a replacement character in somebody's annotation.
const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf(line: Uint8Array): string {
  return Buffer.from(line).toString("utf8");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
