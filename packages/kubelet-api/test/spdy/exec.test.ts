import { once } from "node:events";
import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ContainerProcess, Exit } from "@virtual-kubelet/provider";
import { HostProvider, bareProvider, isAlive } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { execPath } from "../remote-command-client.ts";
import { SpdyClient } from "../spdy-client.ts";
import { SpdyCommand } from "../spdy-command-client.ts";

const sh = (script: string): readonly string[] => ["sh", "-c", script];
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("a command by SPDY", () => {
  it("gives both outputs apart, and a status of success", async () => {
    await using kubelet = await Kubelet.start();
    const command = await SpdyCommand.open(kubelet, { command: sh("echo out; echo err >&2") });
    expect(await command.status()).toEqual({ metadata: {}, status: "Success" });
    expect([command.stream("stdout").text(), command.stream("stderr").text()]).toEqual(["out\n", "err\n"]);
  });

  it("gives the exit code in the error stream", async () => {
    await using kubelet = await Kubelet.start();
    const command = await SpdyCommand.open(kubelet, { command: sh("exit 7") });
    expect(await command.status()).toMatchObject({ details: { causes: [{ reason: "ExitCode", message: "7" }] } });
  });

  it("carries 20 MB both ways unharmed, and the end of the input", async () => {
    await using kubelet = await Kubelet.start();
    const command = await SpdyCommand.open(kubelet, { command: ["cat"] });
    const input = randomBytes(20_000_000);
    for (let start = 0; start < input.length; start += 65_536)
      await command.stream("stdin").write(input.subarray(start, start + 65_536));
    command.stream("stdin").end();
    expect((await command.status()).status).toBe("Success");
    expect(sha256(Buffer.concat(command.stream("stdout").received))).toBe(sha256(input));
  });

  it("gives the terminal's first size with the call, and later ones to the process", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const command = await SpdyCommand.open(kubelet, {
      command: ["cat"],
      streams: ["input", "output", "error", "tty"].filter((name) => name !== "error"),
    });
    await command.stream("resize").write('{"Width":101,"Height":33}');
    await eventually(() => provider.calls.length === 1);
    expect(provider.calls[0]).toMatchObject({ tty: true, size: { columns: 101, rows: 33 } });
    await command.stream("resize").write('{"Width":80,"Height":24}\n');
    await eventually(() => provider.sizes.length === 1);
    command.stream("stdin").end();
    expect((await command.status()).status).toBe("Success");
  });

  it.each([
    [["v5.channel.k8s.io", "v4.channel.k8s.io"], "v4.channel.k8s.io", /"reason":"ExitCode","message":"3"/],
    [["v5.channel.k8s.io"], "v4.channel.k8s.io", /"reason":"ExitCode","message":"3"/],
    [["v2.channel.k8s.io, v3.channel.k8s.io"], "v3.channel.k8s.io", /^command terminated .* exit code 3$/],
    [["channel.k8s.io", "v2.channel.k8s.io"], "v2.channel.k8s.io", /^command terminated .* exit code 3$/],
    [["channel.k8s.io"], "channel.k8s.io", /^command terminated .* exit code 3$/],
  ])("is spoken in the best version of %j, which is %s", async (protocols, version, status) => {
    await using kubelet = await Kubelet.start();
    const answer = upgradeAnswer(kubelet, protocols);
    expect(await answer).toContain(`\r\nX-Stream-Protocol-Version: ${version}\r\n`);
    const command = await SpdyCommand.open(kubelet, { command: sh("exit 3"), streams: ["output"], protocols });
    await command.stream("error").ended;
    expect(command.stream("error").text()).toMatch(status);
    command.client.destroy();
  });

  it("opens no stream for sizes in versions that have none", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const client = await SpdyClient.open(kubelet, execPath({ command: ["true"], streams: ["output", "tty"] }), [
      "v2.channel.k8s.io",
    ]);
    const streams = ["error", "stdout"].map((streamtype) => client.stream({ streamtype }));
    for (const { ended } of streams) expect(await ended).toBe("fin");
    expect(provider.calls[0]?.tty).toBe(true);
    client.destroy();
  });

  it("is killed with a client that vanishes", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const command = await SpdyCommand.open(kubelet, { command: ["sleep", "100"] });
    await eventually(() => provider.pids.length === 1);
    command.client.destroy();
    await eventually(() => !isAlive(provider.pids[0]));
    expect(provider.calls[0]?.signal.aborted).toBe(true);
  });

  it("is killed with a client that answers no question", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 10 });
    await SpdyCommand.open(kubelet, { command: ["sleep", "100"] });
    await eventually(() => provider.pids.length === 1 && !isAlive(provider.pids[0]));
    expect(provider.calls[0]?.signal.reason).toEqual(new Error("The client is gone."));
  });

  it("goes on while a client pauses, also when all output is on its way and nothing waits here", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 50 });
    const script = "head -c 500000 /dev/zero; sleep 0.6; echo done";
    const command = await SpdyCommand.open(kubelet, { command: sh(script), streams: ["output"] });
    command.client.socket.pause();
    await eventually(() => provider.pids.length === 1 && !isAlive(provider.pids[0]));
    command.client.socket.resume();
    expect((await command.status()).status).toBe("Success");
    expect(command.stream("stdout").text()).toHaveLength(500_005);
  });

  it("goes on with a silent client that answers questions, until it has been idle for too long", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 60, idleTimeoutMs: 400 });
    const startedAt = performance.now();
    const { client } = await SpdyCommand.open(kubelet, { command: ["sleep", "100"] });
    client.answerPings();
    await client.closed;
    expect(performance.now() - startedAt).toBeGreaterThan(350);
    await eventually(() => !isAlive(provider.pids[0]));
  });

  it("is killed with a client that goes while the command does not read", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 50 });
    const { client, streams } = await SpdyCommand.open(kubelet, { command: ["sleep", "100"] });
    const flood = (async () => {
      for (;;) await streams["stdin"]?.write(Buffer.alloc(65_536));
    })();
    flood.catch(() => {});
    await eventually(() => client.socket.writableNeedDrain && provider.pids.length === 1);
    client.destroy();
    await eventually(() => !isAlive(provider.pids[0]));
    expect(provider.calls[0]?.signal.aborted).toBe(true);
  });

  it("is heard of its end by a client whose input it did not read", async () => {
    const { promise, resolve } = Promise.withResolvers<Exit>();
    const stdin = new WritableStream<Uint8Array>({ write: () => new Promise(() => {}) });
    const process: ContainerProcess = { stdin, stdout: (async function* () {})(), wait: () => promise };
    await using kubelet = await Kubelet.start({ provider: { ...bareProvider, exec: () => process } });
    const command = await SpdyCommand.open(kubelet, { command: ["deaf"], streams: ["input"] });
    const flood = (async () => {
      for (let sent = 0; sent < 50e6; sent += 65_536) await command.stream("stdin").write(Buffer.alloc(65_536));
    })();
    await eventually(() => command.client.socket.writableNeedDrain);
    resolve({ type: "code", code: 0 });
    await flood;
    expect((await command.status()).status).toBe("Success");
  });

  it("ends with the server, which tells the client why", async () => {
    const provider = new HostProvider();
    const kubelet = await Kubelet.start({ provider });
    const command = await SpdyCommand.open(kubelet, { command: ["sleep", "100"] });
    await eventually(() => provider.pids.length === 1);
    const closing = kubelet[Symbol.asyncDispose]();
    expect(await command.status()).toMatchObject({ message: expect.stringContaining("is closing") as string });
    await closing;
    await eventually(() => !isAlive(provider.pids[0]));
  });
});

async function upgradeAnswer(kubelet: Kubelet, protocols: readonly string[]): Promise<string> {
  const socket = await kubelet.socket();
  const lines = protocols.map((name) => `X-Stream-Protocol-Version: ${name}\r\n`).join("");
  const path = execPath({ command: ["true"], streams: ["output"] });
  socket.write(`POST ${path} HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${lines}\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString();
}
