import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ProviderError } from "@virtual-kubelet/provider";
import type { ByteSource, LogCall, Provider } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { bareProvider } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";

const path = "/containerLogs/default/web/app";

describe("a container's logs", () => {
  it.each<[string, () => ByteSource]>([
    ["a Node.js stream", () => Readable.from([Buffer.from("one\n"), "zwei ✓\n"])],
    ["a web stream", () => ReadableStream.from([Buffer.from("one\n"), "zwei ✓\n"])],
    [
      "a generator",
      async function* () {
        yield Buffer.from("one\n");
        yield "zwei ✓\n";
      },
    ],
  ])("come from %s", async (_, source) => {
    await using kubelet = await Kubelet.start({ provider: logs(source) });
    const answer = await kubelet.get(path);
    expect(answer).toMatchObject({ status: 200, body: "one\nzwei ✓\n" });
    expect(answer.headers["content-type"]).toBe("text/plain");
  });

  it("are asked for with what the caller said", async () => {
    const calls: LogCall[] = [];
    await using kubelet = await Kubelet.start({ provider: logs((call) => (calls.push(call), Readable.from([]))) });
    await kubelet.get(
      `${path}?tailLines=0&limitBytes=5&previous=true&timestamps=1&sinceTime=2026-01-02T03:04:05.678901234Z`,
    );
    const { signal, ...options } = calls[0]!;
    expect(options).toEqual({
      follow: false,
      previous: true,
      timestamps: true,
      tailLines: 0,
      limitBytes: 5,
      since: new Date("2026-01-02T03:04:05.678Z"),
    });
    expect(signal).toBeInstanceOf(AbortSignal);
  });

  it("begin at once, before the container has said anything", async () => {
    await using kubelet = await Kubelet.start({ provider: logs(() => endless("")) });
    const answer = await kubelet.open(`${path}?follow=true`);
    expect(answer.statusCode).toBe(200);
    answer.destroy();
  });

  it("end for a follower that has gone, even if the provider's stream hangs", async () => {
    const calls: LogCall[] = [];
    await using kubelet = await Kubelet.start({ provider: logs((call) => (calls.push(call), endless("first\n"))) });
    const answer = await kubelet.open(`${path}?follow=true`);
    await once(answer, "data");
    answer.destroy();
    await eventually(() => calls[0]?.signal.aborted === true);
    expect(calls[0]?.signal.reason).toEqual(new Error("The client is gone."));
    await new Promise(setImmediate);
    expect(kubelet.lines).toEqual([]);
  });

  it("that are given to nobody any more are ended, and their error is nobody's", async () => {
    let given: Readable | undefined;
    await using kubelet = await Kubelet.start({
      providerTimeoutMs: 20,
      provider: logs(async ({ signal }) => {
        await once(signal, "abort");
        return (given = new Readable({ read() {}, signal }));
      }),
    });
    expect((await kubelet.get(path)).status).toBe(504);
    await eventually(() => given?.closed === true);
    expect(given?.listenerCount("error")).toBeGreaterThan(0);
  });

  it("wait for a reader that is slow", async () => {
    let given = 0;
    const provider = logs(async function* () {
      for (; given < 300e6; given += 65_536) yield Buffer.alloc(65_536);
    });
    await using kubelet = await Kubelet.start({ provider });
    const answer = await kubelet.open(path);
    let before = -1;
    await eventually(() => before === (before = given) && given > 0);
    expect(given).toBeLessThan(64e6);
    answer.destroy();
  });

  it("break off when the provider fails half way, so that nobody takes them for whole", async () => {
    const provider = logs(async function* () {
      yield "first\n";
      throw new Error("lost");
    });
    await using kubelet = await Kubelet.start({ provider });
    await expect(kubelet.open(path).then(text)).rejects.toThrow("aborted");
    expect(kubelet.lines).toMatchObject([{ err: new Error("lost"), message: "a request for the node failed" }]);
  });

  it("are there when the container has ended", async () => {
    await using kubelet = await Kubelet.start({ provider: logs(() => Readable.from(["bye"])) });
    expect((await kubelet.get("/containerLogs/default/web/done")).body).toBe("bye");
  });
});

describe("logs that cannot be had", () => {
  const throwing = (error: unknown): Provider =>
    logs(() => {
      throw error;
    });
  it.each<[string, Provider, string, number, string]>([
    [
      "a pod that is not here",
      logs(() => [] as never),
      "/containerLogs/default/none/app",
      404,
      'pod "none" does not exist',
    ],
    [
      "a container that is not there",
      logs(() => [] as never),
      "/containerLogs/default/web/none",
      404,
      'container "none" not found in pod "web"',
    ],
    [
      "a container that waits",
      logs(() => [] as never),
      "/containerLogs/default/web/late",
      400,
      'container "late" in pod "web" is waiting to start: ContainerCreating',
    ],
    [
      "a container of which nothing is known",
      logs(() => [] as never),
      "/containerLogs/default/web/setup",
      400,
      'container "setup" in pod "web" is not available',
    ],
    ["a provider without logs", bareProvider, path, 501, "This node's provider does not give container logs."],
    [
      "a bad number",
      logs(() => [] as never),
      `${path}?tailLines=1e3`,
      400,
      'Unable to decode query: tailLines="1e3" is not an integer of 64 bits.',
    ],
    [
      "a number that is too small",
      logs(() => [] as never),
      `${path}?tailLines=-1`,
      422,
      "Invalid request: tailLines: Invalid value: -1: must be greater than or equal to 0",
    ],
    [
      "a run that never was",
      throwing(new ProviderError("NotFound", "none")),
      `${path}?previous=true`,
      400,
      'previous terminated container "app" in pod "web" not found',
    ],
    ["a provider out of reach", throwing(new ProviderError("Unavailable", "no route")), path, 503, "no route"],
    [
      "a provider that hangs",
      logs(() => new Promise<never>(() => {})),
      path,
      504,
      "The provider did not answer within 150 ms.",
    ],
    [
      "a provider that gives nothing",
      logs(() => undefined as never),
      path,
      500,
      "The provider gave no stream where one belongs.",
    ],
    ["a provider that throws no error", throwing(undefined), path, 500, "The provider failed and did not say why."],
  ])("because of %s", async (...[, provider, from, status, body]) => {
    await using kubelet = await Kubelet.start({ provider, providerTimeoutMs: 150 });
    expect(await kubelet.get(from)).toMatchObject({ status, body });
  });

  it("because the backend asks for time", async () => {
    const provider = throwing(new ProviderError("Throttled", "slow down", { retryAfterMs: 1500 }));
    await using kubelet = await Kubelet.start({ provider });
    const answer = await kubelet.get(path);
    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "2"]);
  });
});

function logs(open: (call: LogCall) => ByteSource | Promise<ByteSource>): Provider {
  return { ...bareProvider, getContainerLogs: (_container, call) => open(call) };
}

/** Says something, and then nothing more, for ever. */
async function* endless(first: string): AsyncGenerator<string> {
  yield first;
  await new Promise(() => {});
}
