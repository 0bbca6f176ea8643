import type { PodEvent, PodRef, Provider } from "@virtual-kubelet/provider";
import { describe, expect, test } from "vitest";
import { fencedConnection } from "../../src/leadership/fenced-connection.ts";
import { fencedProvider } from "../../src/leadership/fenced-provider.ts";
import { podOf, ref } from "../pod-builder.ts";

const { signal } = new AbortController();

/** A fence that a test closes. */
class Gate {
  isClosed = false;

  throwIfOver(): void {
    if (this.isClosed) throw new Error("closed");
  }
}

/** As authors write them: a class with state of its own. */
class Backend implements Provider {
  readonly #calls: string[] = [];
  readonly features = [];
  readonly oneLifePerName = true;

  get calls(): readonly string[] {
    return this.#calls;
  }

  createPod(): void {
    this.#calls.push("createPod");
  }

  deletePod({ uid }: PodRef): void {
    this.#calls.push(`deletePod ${uid}`);
  }

  getPod(): undefined {
    this.#calls.push("getPod");
  }

  getPods(): [] {
    this.#calls.push("getPods");
    return [];
  }

  async *watchPods(): AsyncGenerator<PodEvent> {
    this.#calls.push("watchPods");
    yield { type: "synced" };
  }

  async exec(): Promise<never> {
    this.#calls.push("exec");
    throw new Error("no such command");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.push("dispose");
  }
}

describe("a fenced provider", () => {
  test("is called as it is, with its own state, while the fence is open", async () => {
    const backend = new Backend();
    const provider = fencedProvider(backend, new Gate());
    await provider.createPod(podOf(), { revision: "", signal });
    await provider.deletePod(ref, { gracePeriodSeconds: 0, signal });
    await expect(provider.exec?.({ pod: ref, container: "main" }, {} as never)).rejects.toThrow("no such command");
    expect(backend.calls).toEqual(["createPod", "deletePod uid-1", "exec"]);
  });

  test("starts nothing once the fence is closed, but may be ended", async () => {
    const backend = new Backend();
    const gate = new Gate();
    const provider = fencedProvider(backend, gate);
    gate.isClosed = true;
    expect(() => provider.createPod(podOf(), { revision: "", signal })).toThrow("closed");
    expect(() => provider.getPods({ signal })).toThrow("closed");
    expect(() => provider.watchPods?.({ signal })).toThrow("closed");
    expect(() => provider.exec?.({ pod: ref, container: "main" }, {} as never)).toThrow("closed");
    await provider[Symbol.asyncDispose]?.();
    expect(backend.calls).toEqual(["dispose"]);
  });

  test("can what the provider can, and no more", () => {
    const backend = new Backend();
    const provider = fencedProvider(backend, new Gate());
    expect(provider.features).toBe(backend.features);
    expect(provider.oneLifePerName).toBe(true);
    expect(provider.recordsEvents).toBeUndefined();
    const verbs = ["createPod", "deletePod", "exec", "getPod", "getPods", "watchPods"];
    const offered = Object.entries(provider).filter(([, member]) => typeof member === "function");
    expect(offered.map(([verb]) => verb).toSorted()).toEqual(verbs);
  });
});

test("by a fenced connection no request starts once the fence is closed", async () => {
  const gate = new Gate();
  const connection = fencedConnection({ server: "https://cluster", credentials: () => ({ token: "t" }) }, gate);
  const call = { refresh: false, signal };
  expect(await connection.credentials(call)).toEqual({ token: "t" });
  gate.isClosed = true;
  expect(() => connection.credentials(call)).toThrow(expect.objectContaining({ reason: "Closed" }));
});
