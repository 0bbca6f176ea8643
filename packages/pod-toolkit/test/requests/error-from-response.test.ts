import { execFile } from "node:child_process";
import { inspect, promisify } from "node:util";
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

  test.each([
    [["-e", "process.stderr.write('no such job\\n'); process.exit(3)"], "acme failed: no such job"],
    [["-e", "process.exit(3)"], "acme failed: it ended with 3"],
    [["-e", "process.kill(process.pid, 'SIGKILL')"], "acme failed: it was ended by SIGKILL"],
  ])("of a program says what that has said, and not how it was called", async (args, expected) => {
    const failure: unknown = await promisify(execFile)(process.execPath, [...args, "secret"]).catch((error) => error);
    const error = errorFromFailure(failure, "acme");
    expect(error).toMatchObject({ code: "Unavailable", message: expected });
    expect(inspect(error)).not.toContain("secret");
  });

  test("of a program that is not there says so", async () => {
    const failure: unknown = await promisify(execFile)("/nowhere/acme", ["secret"]).catch((error) => error);
    expect(errorFromFailure(failure, "acme list").message).toBe(
      "acme list failed: there is no such program, file or socket: check its path",
    );
  });

  test("of a program that was given up is DeadlineExceeded", async () => {
    const signal = AbortSignal.timeout(20);
    const args = ["-e", "setInterval(() => {}, 1000)"];
    const failure: unknown = await promisify(execFile)(process.execPath, args, { signal }).catch((error) => error);
    expect(errorFromFailure(failure, "acme list").code).toBe("DeadlineExceeded");
  });

  test("leaves a ProviderError as it is", () => {
    const error = new ProviderError("NotFound", "x");
    expect(errorFromFailure(error, "GET /jobs")).toBe(error);
  });
});
