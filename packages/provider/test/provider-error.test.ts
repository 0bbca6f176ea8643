import { describe, expect, test } from "vitest";
import { ProviderError, type ProviderErrorCode, isProviderError, providerErrorPolicies } from "../src/index.ts";

describe("isProviderError", () => {
  test("knows an error of any code, and of the one that is asked for", () => {
    const error = new ProviderError("Throttled", "slow down", { retryAfterMs: 500, cause: "quota" });
    expect(isProviderError(error)).toBe(true);
    expect(isProviderError(error, "Throttled")).toBe(true);
    expect(isProviderError(error, "NotFound")).toBe(false);
    expect(error).toMatchObject({ name: "ProviderError", code: "Throttled", retryAfterMs: 500, cause: "quota" });
  });

  test("knows one that another copy of this package threw", () => {
    const other = Object.assign(new Error("from afar"), {
      [Symbol.for("@virtual-kubelet/provider-error")]: true,
      code: "NotFound",
    });
    expect(isProviderError(other, "NotFound")).toBe(true);
  });

  test.each([undefined, null, "NotFound", new Error("x"), { code: "NotFound" }])(
    "does not take %j for one",
    (value) => {
      expect(isProviderError(value)).toBe(false);
    },
  );
});

describe("providerErrorPolicies", () => {
  test("retries at length only what a change may mend", () => {
    const onChange = Object.entries(providerErrorPolicies).filter(([, { retry }]) => retry === "change");
    expect(onChange.map(([code]) => code as ProviderErrorCode).toSorted()).toEqual([
      "ConfigMissing",
      "InvalidInput",
      "Unsupported",
    ]);
  });
});
