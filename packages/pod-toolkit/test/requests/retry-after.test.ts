import { describe, expect, test } from "vitest";
import { retryAfterMs } from "../../src/requests/retry-after.ts";

const now = Date.parse("2026-01-02T03:04:05Z");

describe("retryAfterMs", () => {
  test.each([
    ["3", 3000],
    [" 0 ", 0],
    ["1.5", 1500],
    ["Fri, 02 Jan 2026 03:04:15 GMT", 10_000],
    ["Fri, 02 Jan 2026 03:04:00 GMT", 0],
    ["soon", undefined],
    ["-3", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
  ])("of %j is %s", (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
