import { describe, expect, it } from "vitest";
import { parseLogOptions } from "../../src/routes/log-options.ts";

const now = new Date("2026-01-01T00:01:00Z");
const nothing = { follow: false, previous: false, timestamps: false };

describe("the parameters of a request for logs", () => {
  it.each([
    ["", {}],
    ["other=1", {}],
    ["follow=true&previous=0&timestamps=1", { follow: true, timestamps: true }],
    ["follow=False&previous=FALSE&timestamps=false", {}],
    ["follow=&previous=yes", { follow: true, previous: true }],
    ["tailLines=0", { tailLines: 0 }],
    ["tailLines=%2B5", { tailLines: 5 }],
    ["tailLines=2147483648", { tailLines: 2 ** 31 }],
    ["tailLines=9223372036854775807", { tailLines: Number.MAX_SAFE_INTEGER }],
    ["tail=3&tailLines=1", { tailLines: 3 }],
    ["tail=all&tailLines=1", {}],
    ["tail=&tailLines=1", { tailLines: 1 }],
    ["limitBytes=1", { limitBytes: 1 }],
    ["sinceSeconds=60", { since: new Date("2026-01-01T00:00:00Z") }],
    ["sinceSeconds=9223372036854775807", { since: new Date(0) }],
    ["sinceTime=2026-01-01T01:00:00%2B01:00", { since: new Date("2026-01-01T00:00:00Z") }],
    ["sinceTime=2026-01-01T00:00:00.5Z", { since: new Date("2026-01-01T00:00:00.5Z") }],
    ["sinceTime=2026-01-01T00:00:00,678901Z", { since: new Date("2026-01-01T00:00:00.678Z") }],
    ["sinceTime=", {}],
    ["sinceTime=null", {}],
    ["stream=All&tailLines=1", { tailLines: 1 }],
    ["stream=Stdout", { stream: "stdout" }],
    ["stream=Stderr&limitBytes=7", { stream: "stderr", limitBytes: 7 }],
    ["tailLines=1&tailLines=2", { tailLines: 1 }],
  ])("%s", (query, expected) => {
    expect(parseLogOptions(new URLSearchParams(query), now)).toEqual({ ...nothing, ...expected });
  });

  it.each([
    ["tailLines=", 'tailLines="" is not an integer of 64 bits.'],
    ["tailLines=1.5", 'tailLines="1.5" is not an integer of 64 bits.'],
    ["tailLines=all", 'tailLines="all" is not an integer of 64 bits.'],
    ["tail=none", 'tail="none" is not an integer of 64 bits.'],
    ["tailLines=9223372036854775808", 'tailLines="9223372036854775808" is not an integer of 64 bits.'],
    ["limitBytes=-9223372036854775809", 'limitBytes="-9223372036854775809" is not an integer of 64 bits.'],
    ["sinceTime=yesterday", 'sinceTime="yesterday" is not an RFC 3339 time.'],
    ["sinceTime=2026-01-01", 'sinceTime="2026-01-01" is not an RFC 3339 time.'],
    ["sinceTime=2026-01-01t00:00:00z", 'sinceTime="2026-01-01t00:00:00z" is not an RFC 3339 time.'],
    ["sinceTime=2026-13-01T00:00:00Z", 'sinceTime="2026-13-01T00:00:00Z" is not an RFC 3339 time.'],
    ["sinceTime=2026-02-30T00:00:00Z", 'sinceTime="2026-02-30T00:00:00Z" is not an RFC 3339 time.'],
    ["sinceTime=2026-01-01T24:00:00Z", 'sinceTime="2026-01-01T24:00:00Z" is not an RFC 3339 time.'],
    // What cannot be read comes before what is not allowed.
    ["limitBytes=0&tailLines=x", 'tailLines="x" is not an integer of 64 bits.'],
  ])("%s cannot be read", (query, reason) => {
    expect(() => parseLogOptions(new URLSearchParams(query), now)).toThrow(
      expect.objectContaining({ status: 400, message: `Unable to decode query: ${reason}` }) as Error,
    );
  });

  it.each([
    ["tailLines=-1", "tailLines: Invalid value: -1: must be greater than or equal to 0"],
    ["limitBytes=0", "limitBytes: Invalid value: 0: must be greater than 0"],
    ["sinceSeconds=0", "sinceSeconds: Invalid value: 0: must be greater than 0"],
    ["sinceSeconds=-60", "sinceSeconds: Invalid value: -60: must be greater than 0"],
    ["sinceTime=2026-01-01T00:00:00Z&sinceSeconds=1", "at most one of `sinceTime` or `sinceSeconds` may be specified"],
    ["stream=stdout", 'stream: Unsupported value: "stdout": supported values: "All", "Stderr", "Stdout"'],
    ["stream=", 'stream: Unsupported value: "": supported values: "All", "Stderr", "Stdout"'],
    ["stream=constructor", 'stream: Unsupported value: "constructor": supported values: "All", "Stderr", "Stdout"'],
    ["stream=Stdout&tailLines=0", "`tailLines` and specific `stream` are mutually exclusive for now"],
  ])("%s is not allowed", (query, reason) => {
    expect(() => parseLogOptions(new URLSearchParams(query), now)).toThrow(
      expect.objectContaining({ status: 422, message: `Invalid request: ${reason}` }) as Error,
    );
  });
});
