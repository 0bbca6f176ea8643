import type { LogCall } from "@virtual-kubelet/provider";
import { HttpError } from "../error-response.ts";
import { quoted } from "../printable.ts";

/** What a caller asks of a container's logs. */
export type LogOptions = Omit<LogCall, "signal">;

/** Of `2026-01-02T03:04:05.6+01:00`: the date and the time of day, and the rest. */
const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;
const smallestInt64 = -(2n ** 63n);
const largestInt64 = 2n ** 63n - 1n;

const streams: Readonly<Record<string, LogCall["stream"]>> = { All: undefined, Stderr: "stderr", Stdout: "stdout" };

/**
 * Reads the parameters of `PodLogOptions` as a kubelet does that has the feature PodLogsQuerySplitStreams, with its old
 * `tail` beside `tailLines`. Others are ignored. Of `sinceTime` all but the milliseconds is dropped; an API server sends seconds.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/server/server.go (`getContainerLogs`)
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/v1/validation/validation.go (`ValidatePodLogOptions`)
 *
 * @throws {HttpError} 400 for what cannot be read, 422 for values that are not allowed, or not together.
 */
export function parseLogOptions(query: URLSearchParams, now: Date): LogOptions {
  const tailLines = integer(query, query.get("tail") ? "tail" : "tailLines");
  const limitBytes = integer(query, "limitBytes");
  const sinceSeconds = integer(query, "sinceSeconds");
  const sinceTime = time(query, "sinceTime");
  requireAtLeast("tailLines", tailLines, 0);
  requireAtLeast("limitBytes", limitBytes, 1);
  if (sinceSeconds !== undefined && sinceTime) {
    throw notAllowed("at most one of `sinceTime` or `sinceSeconds` may be specified");
  }
  requireAtLeast("sinceSeconds", sinceSeconds, 1);
  const stream = parseStream(query, tailLines);
  const since = sinceSeconds === undefined ? sinceTime : new Date(Math.max(0, now.getTime() - sinceSeconds * 1000));
  return {
    follow: boolean(query, "follow"),
    previous: boolean(query, "previous"),
    timestamps: boolean(query, "timestamps"),
    ...(since ? { since } : {}),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(stream ? { stream } : {}),
  };
}

function parseStream(query: URLSearchParams, tailLines: number | undefined): LogCall["stream"] {
  const name = query.get("stream") ?? "All";
  if (!Object.hasOwn(streams, name)) {
    const supported = Object.keys(streams).map(quoted).join(", ");
    throw notAllowed(`stream: Unsupported value: ${quoted(name)}: supported values: ${supported}`);
  }
  const stream = streams[name];
  if (stream && tailLines !== undefined) {
    throw notAllowed("`tailLines` and specific `stream` are mutually exclusive for now");
  }
  return stream;
}

/** As the API machinery reads one: all but these is true, also nothing. */
function boolean(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

/** Beyond what a number holds exactly, the largest such number stands for "all there is". */
function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || (name === "tail" && value === "all")) return undefined;
  const parsed = /^[+-]?\d{1,30}$/.test(value) ? BigInt(value.replace("+", "")) : undefined;
  if (parsed === undefined || parsed < smallestInt64 || parsed > largestInt64) {
    throw unreadable(name, value, "an integer of 64 bits");
  }
  return Math.min(Number(parsed), Number.MAX_SAFE_INTEGER);
}

/** An empty time, or JSON's `null`, is no bound: kubelet bears with old clients that send them. */
function time(query: URLSearchParams, name: string): Date | undefined {
  const value = query.get(name);
  if (value === null || value === "" || value === "null") return undefined;
  const [, moment = "", fraction = "", zone = ""] = rfc3339.exec(value) ?? [];
  const parsed = new Date(`${moment}${fraction.replace(",", ".")}${zone}`);
  // A day such as 30 February is the next month's, for JavaScript.
  const isReal = !Number.isNaN(parsed.getTime()) && new Date(`${moment}Z`).toISOString().startsWith(moment);
  if (!isReal) throw unreadable(name, value, "an RFC 3339 time");
  return parsed;
}

function requireAtLeast(name: string, value: number | undefined, least: 0 | 1): void {
  if (value === undefined || value >= least) return;
  const rule = least === 0 ? "must be greater than or equal to 0" : "must be greater than 0";
  throw notAllowed(`${name}: Invalid value: ${value}: ${rule}`);
}

function unreadable(name: string, value: string, expected: string): HttpError {
  return new HttpError(400, `Unable to decode query: ${name}=${quoted(value)} is not ${expected}.`);
}

function notAllowed(reason: string): HttpError {
  return new HttpError(422, `Invalid request: ${reason}`);
}
