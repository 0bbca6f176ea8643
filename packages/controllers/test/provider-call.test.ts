import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { ProviderError } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { providerCall } from "../src/provider-call.ts";

const never = new AbortController().signal;
const deaf = () => new Promise<never>(() => {});

describe("providerCall", () => {
  test("gives what the provider gives, now or later", async () => {
    expect(await providerCall("getPod", { signal: never, timeoutMs: 1_000 }, () => 1)).toBe(1);
    expect(await providerCall("getPod", { signal: never, timeoutMs: 1_000 }, async () => 2)).toBe(2);
  });

  test("does not wait longer than its time for a provider that ignores the signal", async () => {
    await expect(providerCall("getPod", { signal: never, timeoutMs: 10 }, deaf)).rejects.toMatchObject({
      code: "DeadlineExceeded",
    });
  });

  test("aborts the provider's signal when the time is up", async () => {
    let reason: unknown;
    const heeds = ({ signal }: { signal: AbortSignal }) =>
      new Promise<never>((_resolve, reject) =>
        signal.addEventListener("abort", () => reject((reason = signal.reason) as Error)),
      );
    await expect(providerCall("getPod", { signal: never, timeoutMs: 10 }, heeds)).rejects.toMatchObject({
      code: "DeadlineExceeded",
    });
    expect(reason).toMatchObject({ code: "DeadlineExceeded" });
  });

  test("passes a provider's error on, and calls any other Unavailable", async () => {
    const error = new ProviderError("NotFound", "gone");
    await expect(providerCall("getPod", { signal: never, timeoutMs: 1_000 }, () => Promise.reject(error))).rejects.toBe(
      error,
    );
    const thrown = () => {
      throw new TypeError("x is not a function");
    };
    await expect(providerCall("getPod", { signal: never, timeoutMs: 1_000 }, thrown)).rejects.toMatchObject({
      code: "Unavailable",
      message: "The provider failed in getPod: x is not a function",
    });
  });

  test.each<[string, unknown, string]>([
    ["a code that the contract does not know", new ProviderError("Gone" as never, "moved"), "moved"],
    ["a bare answer", { status: 500, body: "down" }, "{ status: 500, body: 'down' }"],
    ["what has no text", Object.create(null), "[Object: null prototype] {}"],
    ["nothing", undefined, "undefined"],
  ])("calls %s Unavailable", async (_, error, text) => {
    const call = providerCall("getPod", { signal: never, timeoutMs: 1_000 }, () => Promise.reject(error as Error));
    await expect(call).rejects.toMatchObject({
      code: "Unavailable",
      message: `The provider failed in getPod: ${text}`,
    });
  });

  test("leaves a provider that ignores the abort to itself after a moment", async () => {
    const ending = new AbortController();
    const calling = providerCall("createPod", { signal: ending.signal, timeoutMs: 60_000 }, deaf);
    ending.abort(new Error("the node stops"));
    await expect(calling).rejects.toThrow("the node stops");
  });

  test("waits for a call to settle that was aborted for another reason than leaving", async () => {
    const [aborting, leaving] = [new AbortController(), new AbortController()];
    const { promise, resolve } = Promise.withResolvers<string>();
    const calling = providerCall(
      "createPod",
      { signal: aborting.signal, leave: leaving.signal, timeoutMs: 60_000 },
      () => promise,
    );
    aborting.abort(new Error("the pod is being deleted"));
    resolve("created all the same");
    expect(await calling).toBe("created all the same");
  });

  test("publishes what can be counted", async () => {
    const seen: unknown[] = [];
    const listen = (message: unknown) => void seen.push(message);
    subscribe("virtual-kubelet:provider-call", listen);
    await providerCall("getPod", { signal: never, timeoutMs: 1_000 }, () => 1);
    await providerCall("getPods", { signal: never, timeoutMs: 5 }, deaf).catch(() => {});
    unsubscribe("virtual-kubelet:provider-call", listen);
    expect(seen).toEqual([
      { verb: "getPod", code: "ok", durationMs: expect.any(Number) },
      { verb: "getPods", code: "DeadlineExceeded", durationMs: expect.any(Number) },
    ]);
  });
});
