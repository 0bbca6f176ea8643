import { HttpError } from "../error-response.ts";

/** The longest path and query: a long command fits, since each of its arguments is in the query. */
export const longestTarget: number = 32 * 1024;

/** Where a request goes: the decoded segments of its path, and its query. */
export interface RequestTarget {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/**
 * Reads the target of a request line. Segments are split before they are decoded, and one that decodes to something that
 * could leave its place is refused, so what is routed is what was authorised. One trailing slash is dropped.
 *
 * @throws {HttpError} 414 when it is too long, 400 when it is no path or not UTF-8.
 */
export function parseRequestTarget(target: string): RequestTarget {
  if (target.length > longestTarget) {
    throw new HttpError(414, `The request's path and query are longer than ${longestTarget} bytes.`);
  }
  if (!target.startsWith("/"))
    throw new HttpError(400, "The request's target must be a path that starts with a slash.");
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? "" : target.slice(mark + 1);
  const raw = path.slice(1).split("/");
  if (raw.length > 1 && raw.at(-1) === "") raw.pop();
  decode(query.replaceAll("+", " "), "query");
  return { segments: raw.map(decodeSegment), query: new URLSearchParams(query) };
}

function decodeSegment(raw: string): string {
  const segment = decode(raw, "path");
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (segment === "." || segment === ".." || /[/\\\u0000-\u001f\u007f]/.test(segment)) {
    throw new HttpError(400, "A segment of the request's path is not a name.");
  }
  return segment;
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, `The request's ${part} is not percent-encoded UTF-8.`);
  }
}
