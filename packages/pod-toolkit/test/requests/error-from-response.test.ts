import { ProviderError } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { errorFromFailure, errorFromResponse } from "../../src/requests/error-from-response.ts";

describe("errorFromResponse", () => {
  test.each([
    [400, "InvalidInput"],
    [401, "Unauthorized"],
    [403, "Unauthorized"],
    [404, "NotFound"],
    [408, "Unavailable"],
    [409, "Conflict"],
    [418, "InvalidInput"],
    [425, "Unavailable"],
    [429, "Throttled"],
    [500, "Unavailable"],
    [501, "Unsupported"],
    [503, "Unavailable"],
    [507, "QuotaExceeded"],
  ])("of %i is %s", (status, code) => {
    expect(errorFromResponse({ status }, "GET /jobs").code).toBe(code);
  });

  test("says what was asked, what was answered, and what to do", () => {
    const error = errorFromResponse({ status: 403, message: "Permission\n denied ", retryAfter: "2" }, "GET /jobs");
    expect(error.message).toBe(
      "GET /jobs was answered with 403: Permission denied: check the provider's credentials and what they may do",
    );
    expect(error.retryAfterMs).toBe(2000);
  });

  test("believes who knows the backend better than its status", () => {
    expect(errorFromResponse({ status: 500, code: "QuotaExceeded" }, "PUT /jobs").code).toBe("QuotaExceeded");
  });
});

describe("errorFromFailure", () => {
  test("of a call that was given up is DeadlineExceeded", () => {
    const error = errorFromFailure(AbortSignal.abort().reason, "PUT /jobs");
    expect(error).toMatchObject({
      code: "DeadlineExceeded",
      message: "PUT /jobs had no answer in time: whether it was done is unknown",
    });
  });

  test.each([
    [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "nobody listens there"],
    [
      new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ENOTFOUND" }) }),
      "no host of this name",
    ],
    [new Error("boom"), "had no answer: boom"],
    [Object.assign(new AggregateError([]), { code: "EOTHER" }), "had no answer: EOTHER"],
    ["odd", "had no answer: odd"],
  ])("of %s says what to look at", (cause, expected) => {
    const error = errorFromFailure(cause, "GET /jobs");
    expect(error).toMatchObject({ code: "Unavailable", cause });
    expect(error.message).toContain(expected);
  });

  test("leaves a ProviderError as it is", () => {
    const error = new ProviderError("NotFound", "x");
    expect(errorFromFailure(error, "GET /jobs")).toBe(error);
  });
});
