import { describe, expect, it } from "vitest";
import { parseLogOptions } from "../../src/routes/log-options.ts";

const now = new Date("2026-01-01T00:01:00Z");
const nothing = { follow: false, previous: false, timestamps: false };

describe("the parameters of a request for logs", () => {
  it.each([
    ["", {}],
    ["other=1", {}],
    ["follow=T&previous=0&timestamps=True", { follow: true, timestamps: true }],
    ["tailLines=0", { tailLines: 0 }],
    ["tailLines=2147483648", { tailLines: 2 ** 31 }],
    ["tailLines=9223372036854775807", { tailLines: Number.MAX_SAFE_INTEGER }],
    ["limitBytes=1", { limitBytes: 1 }],
    ["sinceSeconds=60", { since: new Date("2026-01-01T00:00:00Z") }],
    ["sinceSeconds=9223372036854775807", { since: new Date(0) }],
    ["sinceTime=2026-01-01T01:00:00%2B01:00", { since: new Date("2026-01-01T00:00:00Z") }],
    ["sinceTime=2026-01-01t00:00:00.5z", { since: new Date("2026-01-01T00:00:00.5Z") }],
    ["stream=All", {}],
    ["tailLines=1&tailLines=2", { tailLines: 1 }],
  ])("%s", (query, expected) => {
    expect(parseLogOptions(new URLSearchParams(query), now)).toEqual({ ...nothing, ...expected });
  });

  it.each([
    "follow=yes",
    "follow=",
    "tailLines=-1",
    "tailLines=",
    "tailLines=1.5",
    "tailLines=9223372036854775808",
    "limitBytes=0",
    "sinceSeconds=0",
    "sinceTime=yesterday",
    "sinceTime=2026-01-01",
    "sinceTime=2026-13-01T00:00:00Z",
    "sinceTime=2026-01-01T00:00:00Z&sinceSeconds=1",
    "stream=Stdout",
  ])("%s is refused", (query) => {
    expect(() => parseLogOptions(new URLSearchParams(query), now)).toThrow(
      expect.objectContaining({ status: 400 }) as Error,
    );
  });
});
