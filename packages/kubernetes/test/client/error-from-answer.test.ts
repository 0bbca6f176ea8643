import { expect, test } from "vitest";
import { errorFromAnswer, retryAfterSeconds } from "../../src/client/error-from-answer.ts";

test.each([
  ["120", 120],
  ["0", 0],
  ["Mon, 01 Jan 2024 00:00:30 GMT", 30],
  ["Sun, 31 Dec 2023 00:00:00 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
  [["5", "6"], 5],
])("Retry-After %j is %s seconds", (value, seconds) => {
  expect(retryAfterSeconds(value, Date.parse("2024-01-01T00:00:00Z"))).toBe(seconds);
});

test("the header wins over the details, and the answer's own code over the Status's", () => {
  const body = JSON.stringify({
    kind: "Status",
    reason: "TooManyRequests",
    code: 400,
    details: { retryAfterSeconds: 7 },
  });
  const answer = { what: "GET /x", code: 429, statusText: "Too Many Requests", body };
  expect(errorFromAnswer({ ...answer, headers: { "retry-after": "2" } })).toMatchObject({
    code: 429,
    retryAfterMs: 2000,
  });
  expect(errorFromAnswer({ ...answer, headers: {} })).toMatchObject({ reason: "TooManyRequests", retryAfterMs: 7000 });
});

test.each(["", "null", "[]", '{"kind":"Pod"}', "{"])("a body of %j is no Status", (body) => {
  const error = errorFromAnswer({ what: "GET /x", code: 500, statusText: "Internal Server Error", headers: {}, body });
  expect(error).toMatchObject({ code: 500, reason: "" });
  expect(error.message).toContain("500 Internal Server Error: the answer is no Kubernetes status (no content type)");
});
