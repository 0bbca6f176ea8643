import { ProviderError, providerErrorPolicies } from "@virtual-kubelet/provider";
import type { ProviderErrorCode } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { errorPolicies, errorResponse } from "../src/error-response.ts";
import { printable, quoted } from "../src/printable.ts";

describe("the answer to a failed call", () => {
  it("is an error for every code, and never a redirect or the caller's own 401", () => {
    expect(Object.keys(errorPolicies).toSorted()).toEqual(Object.keys(providerErrorPolicies).toSorted());
    for (const code of Object.keys(errorPolicies) as ProviderErrorCode[]) {
      const { status } = errorResponse(new ProviderError(code, "x"));
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).not.toBe(401);
    }
  });

  it("is 500 for a code of a later version of the contract", () => {
    expect(errorResponse(new ProviderError("Later" as ProviderErrorCode, "x")).status).toBe(500);
  });
});

describe("text for people", () => {
  it.each([
    ["plain ✓", "plain ✓"],
    ["\u001b[31m\r\n", String.raw`\x1b[31m\x0d\x0a`],
    ["\u009b2J\u202eabc", String.raw`\x9b2J\u202eabc`],
  ])("%j becomes %j", (text, expected) => {
    expect(printable(text)).toBe(expected);
    expect(quoted("a\u0085b")).toBe(String.raw`"a\x85b"`);
  });
});
