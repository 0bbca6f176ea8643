import type { LogCall } from "@virtual-kubelet/provider";
import { HttpError } from "../error-response.ts";
import { quoted } from "../printable.ts";

/** What a caller asks of a container's logs. */
export type LogOptions = Omit<LogCall, "signal">;

const truths = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const falsehoods = new Set(["0", "f", "F", "FALSE", "false", "False"]);
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const largestInt64 = 2n ** 63n - 1n;

/**
 * Reads the parameters of `PodLogOptions`. Others are ignored.
 *
 * @throws {HttpError} 400 for a value that is none, or for both `sinceSeconds` and `sinceTime`.
 */
export function parseLogOptions(query: URLSearchParams, now: Date): LogOptions {
  const tailLines = integer(query, "tailLines", 0);
  const limitBytes = integer(query, "limitBytes", 1);
  const since = parseSince(query, now);
  const stream = query.get("stream");
  if (stream !== null && stream !== "All") {
    throw new HttpError(400, `stream=${quoted(stream)} is not supported: the output is given as one.`);
  }
  return {
    follow: boolean(query, "follow"),
    previous: boolean(query, "previous"),
    timestamps: boolean(query, "timestamps"),
    ...(since ? { since } : {}),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
}

function parseSince(query: URLSearchParams, now: Date): Date | undefined {
  const seconds = integer(query, "sinceSeconds", 1);
  const time = query.get("sinceTime");
  if (time === null) return seconds === undefined ? undefined : new Date(Math.max(0, now.getTime() - seconds * 1000));
  if (seconds !== undefined) throw new HttpError(400, "at most one of sinceTime or sinceSeconds may be specified");
  const since = new Date(rfc3339.test(time) ? time.toUpperCase() : Number.NaN);
  if (Number.isNaN(since.getTime())) throw invalid("sinceTime", time, "an RFC 3339 time");
  return since;
}

function boolean(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || falsehoods.has(value)) return false;
  if (truths.has(value)) return true;
  throw invalid(name, value, "true or false");
}

/** Beyond what a number holds exactly, the largest such number stands for "all there is". */
function integer(query: URLSearchParams, name: string, least: number): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const parsed = /^[+-]?\d{1,30}$/.test(value) ? BigInt(value.replace("+", "")) : undefined;
  if (parsed === undefined || parsed < least || parsed > largestInt64) {
    throw invalid(name, value, `an integer of at least ${least}`);
  }
  return Math.min(Number(parsed), Number.MAX_SAFE_INTEGER);
}

function invalid(name: string, value: string, expected: string): HttpError {
  return new HttpError(400, `${name}=${quoted(value)} is not valid: it must be ${expected}.`);
}
