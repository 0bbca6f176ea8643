import { type Provider, type ProviderContext, silentLogger } from "@virtual-kubelet/provider";
import { expect, test, vi } from "vitest";
import { openProvider } from "../src/open-provider.ts";

const context = { nodeName: "edge", clusterId: "c", logger: silentLogger } as ProviderContext;

function endingProvider(): Provider & { readonly ended: boolean } {
  let ended = false;
  return {
    get ended() {
      return ended;
    },
    createPod() {},
    deletePod() {},
    getPod: () => undefined,
    getPods: () => [],
    async [Symbol.asyncDispose]() {
      ended = true;
    },
  };
}

test("a provider that comes after its time is ended, for nobody else would", async () => {
  const made = endingProvider();
  const making = Promise.withResolvers<Provider>();
  const deadlines = { readMs: 50, changeMs: 50 };
  const opening = openProvider(() => making.promise, { context, deadlines, signal: new AbortController().signal });
  await expect(opening).rejects.toThrow("did not answer create within 0.05 s");
  making.resolve(made);
  await vi.waitFor(() => expect(made.ended).toBe(true));
});

test("a provider that lacks a method is ended too", async () => {
  const made = endingProvider();
  const lacking = Object.defineProperty(made, "getPods", { value: undefined });
  const { signal } = new AbortController();
  await expect(openProvider(() => lacking, { context, signal })).rejects.toThrow("lacks getPods");
  await vi.waitFor(() => expect(made.ended).toBe(true));
});
