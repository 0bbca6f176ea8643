import {
  type Call,
  type PodEvent,
  type PodRef,
  type PodState,
  ProviderError,
  silentLogger,
} from "@virtual-kubelet/provider";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PodPoller, type PodPollerOptions } from "../../src/polling/pod-poller.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A backend that can only be asked, and remembers what it was asked and when, to a tenth of a second. */
class AskedBackend {
  readonly pods = new Map<string, PodState>();
  readonly asked: string[] = [];
  readonly #beginMs = performance.now();
  /** Thrown by the next lists. */
  readonly failures: Error[] = [];
  /** Not in lists, though there. */
  readonly hidden = new Set<string>();
  calls = 0;
  mostCalls = 0;
  latencyMs = 0;

  put(uid: string, phase: string): void {
    this.pods.set(uid, { ...refOf(uid), status: { phase } });
  }

  async getPods(_call: Call): Promise<Iterable<PodState>> {
    await this.#ask("list");
    const failure = this.failures.shift();
    if (failure) throw failure;
    return [...this.pods.values()].filter(({ uid }) => !this.hidden.has(uid));
  }

  async getPod({ uid }: PodRef, _call: Call): Promise<PodState | undefined> {
    await this.#ask(uid);
    return this.pods.get(uid);
  }

  async #ask(what: string): Promise<void> {
    this.asked.push(`${Math.floor((performance.now() - this.#beginMs) / 100) * 100} ${what}`);
    this.mostCalls = Math.max(this.mostCalls, ++this.calls);
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    this.calls--;
  }
}

function refOf(uid: string): PodRef {
  return { namespace: "default", name: uid, uid };
}

function open(backend: PodPollerOptions["backend"], options: Partial<PodPollerOptions> = {}) {
  const poller = new PodPoller({ backend, logger: silentLogger, ...options });
  const controller = new AbortController();
  const events: string[] = [];
  const reading = (async () => {
    for await (const event of poller.watch({ signal: controller.signal })) events.push(textOf(event));
  })();
  return {
    poller,
    events,
    reading,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await reading.catch(() => {});
    },
  };
}

function textOf(event: PodEvent): string {
  if (event.type === "synced") return "synced";
  return event.type === "state" ? `${event.pod.uid} ${event.pod.status?.phase}` : `${event.pod.uid} gone`;
}

describe("PodPoller", () => {
  test("tells what is there, and then only what changes", async () => {
    const backend = new AskedBackend();
    backend.put("a", "Running");
    await using watch = open(backend);
    await vi.advanceTimersByTimeAsync(25_000);
    expect(watch.events).toEqual(["a Running", "synced"]);
    backend.put("a", "Succeeded");
    backend.put("b", "Running");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(watch.events.slice(2)).toEqual(["a Succeeded", "b Running"]);
    expect(backend.asked).toEqual(["0 list", "10000 list", "20000 list", "30000 list"]);
  });

  test("looks closer at pods in transition, and at no others", async () => {
    const backend = new AskedBackend();
    backend.put("a", "Running");
    backend.put("b", "Pending");
    await using watch = open(backend);
    await vi.advanceTimersByTimeAsync(2500);
    backend.put("b", "Running");
    await vi.advanceTimersByTimeAsync(8000);
    expect(watch.events).toEqual(["a Running", "b Pending", "synced", "b Running"]);
    expect(backend.asked).toEqual(["0 list", "1000 b", "2000 b", "3000 b", "10000 list"]);
  });

  test("looks by lists where there are no closer looks, or too many", async () => {
    const listed = new AskedBackend();
    listed.put("a", "Pending");
    await using _one = open({ getPods: (call) => listed.getPods(call) });
    const many = new AskedBackend();
    for (let index = 0; index < 11; index++) many.put(`p${index}`, "Pending");
    await using _other = open(many);
    await vi.advanceTimersByTimeAsync(2500);
    expect(listed.asked).toEqual(["0 list", "1000 list", "2000 list"]);
    expect(many.asked).toEqual(["0 list", "1000 list", "2000 list"]);
  });

  test("looks at once at what it is nudged to, for a while", async () => {
    const backend = new AskedBackend();
    await using watch = open(backend, { slowMs: 3_600_000 });
    await vi.advanceTimersByTimeAsync(5000);
    watch.poller.nudge(refOf("new"));
    await vi.advanceTimersByTimeAsync(500);
    expect(backend.asked).toEqual(["0 list", "5000 new"]);
    backend.put("new", "Running");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(watch.events).toEqual(["synced", "new Running"]);
    expect(backend.asked.length).toBeLessThanOrEqual(32);
  });

  test("believes that a pod is gone only when a look misses it too", async () => {
    const backend = new AskedBackend();
    backend.put("a", "Running");
    backend.put("b", "Running");
    await using watch = open(backend);
    await vi.advanceTimersByTimeAsync(1000);
    backend.hidden.add("a");
    backend.pods.delete("b");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(watch.events).toEqual(["a Running", "b Running", "synced", "b gone"]);
  });

  test("believes that a pod is gone only when two lists miss it, where there are no looks", async () => {
    const backend = new AskedBackend();
    backend.put("a", "Running");
    backend.put("b", "Running");
    await using watch = open({ getPods: (call) => backend.getPods(call) });
    await vi.advanceTimersByTimeAsync(1000);
    backend.hidden.add("a").add("b");
    await vi.advanceTimersByTimeAsync(10_000);
    backend.hidden.delete("a");
    expect(watch.events).toEqual(["a Running", "b Running", "synced"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(watch.events.slice(3)).toEqual(["b gone"]);
  });

  test("concludes nothing from a list that fails, and lists less often", async () => {
    const backend = new AskedBackend();
    backend.put("a", "Running");
    await using watch = open(backend);
    await vi.advanceTimersByTimeAsync(1000);
    backend.failures.push(new Error("no"), new ProviderError("Throttled", "slow", { retryAfterMs: 60_000 }));
    await vi.advanceTimersByTimeAsync(100_000);
    expect(watch.events).toEqual(["a Running", "synced"]);
    expect(backend.asked).toEqual(["0 list", "10000 list", "30000 list", "90000 list", "100000 list"]);
  });

  test("lists again in an hour though the backend has named a far day", async () => {
    const backend = new AskedBackend();
    await using _watch = open(backend);
    await vi.advanceTimersByTimeAsync(1000);
    backend.failures.push(new ProviderError("Throttled", "slow", { retryAfterMs: 365 * 24 * 3_600_000 }));
    await vi.advanceTimersByTimeAsync(3_610_000);
    expect(backend.asked.slice(0, 3)).toEqual(["0 list", "10000 list", "3610000 list"]);
  });

  test("ends with the error of the first list: it is to be opened again", async () => {
    const backend = new AskedBackend();
    backend.failures.push(new ProviderError("Unauthorized", "no"));
    const { reading } = open(backend);
    const outcome = reading.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ code: "Unauthorized" });
  });

  test("never has two calls at once, however slow they are", async () => {
    const backend = new AskedBackend();
    backend.latencyMs = 15_000;
    for (const uid of ["a", "b"]) backend.put(uid, "Pending");
    await using watch = open(backend);
    for (let step = 0; step < 100; step++) {
      watch.poller.nudge(refOf(`n${step}`));
      await vi.advanceTimersByTimeAsync(1500);
    }
    expect(backend.mostCalls).toBe(1);
    expect(watch.events.slice(0, 3)).toEqual(["a Pending", "b Pending", "synced"]);
  });

  test("lists on, and looks at other pods, though looks at some hang", async () => {
    // The deadline of a call is no timer that can be moved on.
    vi.useRealTimers();
    const pods = ["a", "b", "c", "d", "e"].map((uid) => ({ ...refOf(uid), status: { phase: "Pending" } }));
    let lists = 0;
    const getPods = (): readonly PodState[] => {
      lists++;
      return pods;
    };
    const { promise: looked, resolve } = Promise.withResolvers<number>();
    const getPod = ({ uid }: PodRef): Promise<PodState | undefined> => {
      if (uid !== "e") return new Promise(() => {});
      resolve(lists);
      return Promise.resolve(pods.at(-1));
    };
    await using _watch = open({ getPods, getPod }, { fastMs: 1, slowMs: 30, deadlineMs: 40 });
    expect(await looked).toBeGreaterThanOrEqual(4);
  });

  test("ends, and does not fail, when it is aborted under its first list", async () => {
    const getPods = ({ signal }: Call) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const controller = new AbortController();
    const poller = new PodPoller({ backend: { getPods }, logger: silentLogger });
    const events = Array.fromAsync(poller.watch({ signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    expect(await events).toEqual([]);
  });

  test("ends when it is aborted", async () => {
    const watch = open(new AskedBackend());
    await vi.advanceTimersByTimeAsync(1);
    await watch[Symbol.asyncDispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});
