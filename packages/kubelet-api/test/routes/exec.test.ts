import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable, Writable } from "node:stream";
import { ProviderError } from "@virtual-kubelet/provider";
import type { ContainerProcess, Exit, Provider } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { HostProvider, bareProvider, isAlive, podSource, web } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { RemoteCommand, execPath } from "../remote-command-client.ts";

const sh = (script: string): readonly string[] => ["sh", "-c", script];
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("a command in a container", () => {
  it("opens with an empty message, gives both outputs apart, and a status of success", async () => {
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: sh("echo out; echo err >&2") });
    expect(await command.status()).toEqual({ metadata: {}, status: "Success" });
    expect(await command.closed).toBe(1000);
    expect(command.socket.protocol).toBe("v5.channel.k8s.io");
    expect(command.received.get(1)?.[0]).toHaveLength(0);
    expect([command.text(1), command.text(2)]).toEqual(["out\n", "err\n"]);
  });

  it.each([
    ["exit 7", "7"],
    ["kill -9 $$", "137"],
    ["kill -TERM $$", "143"],
  ])("ends `%s` with exit code %s", async (script, code) => {
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: sh(script) });
    expect(await command.status()).toMatchObject({
      status: "Failure",
      reason: "NonZeroExitCode",
      details: { causes: [{ reason: "ExitCode", message: code }] },
    });
  });

  it("passes standard input on, and its end by the close signal of v5", async () => {
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: ["cat"] });
    await command.send(0, "a line\n");
    command.closeStdin();
    expect((await command.status()).status).toBe("Success");
    expect(command.text(1)).toBe("a line\n");
  });

  it("ends a standard input that nobody asked for", async () => {
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: ["cat"], streams: ["output"] });
    expect((await command.status()).status).toBe("Success");
  });

  it("carries 20 MB both ways unharmed", async () => {
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: ["cat"] });
    const input = randomBytes(20_000_000);
    for (let start = 0; start < input.length; start += 65_536)
      await command.send(0, input.subarray(start, start + 65_536));
    command.closeStdin();
    expect((await command.status()).status).toBe("Success");
    expect(sha256(Buffer.concat(command.received.get(1) ?? []))).toBe(sha256(input));
  });

  it.each(["v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"])(
    "speaks %s",
    async (protocol) => {
      await using kubelet = await Kubelet.start();
      const command = await RemoteCommand.open(kubelet, { command: sh("echo hello; exit 3"), protocols: [protocol] });
      await command.closed;
      expect(command.socket.protocol).toBe(protocol);
      expect(command.text(1)).toBe("hello\n");
      expect(command.text(3)).toContain(
        protocol.startsWith("v4") ? '"reason":"ExitCode","message":"3"' : "exit code 3",
      );
    },
  );

  it("says nothing on the error channel of the oldest protocol when all went well", async () => {
    await using kubelet = await Kubelet.start();
    const command = await RemoteCommand.open(kubelet, { command: ["true"], protocols: ["channel.k8s.io"] });
    await command.closed;
    expect(command.text(3)).toBe("");
  });

  it("gives the terminal's first size with the call, later ones to the process, and no stderr", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const command = await RemoteCommand.open(kubelet, {
      command: ["cat"],
      streams: ["input", "output", "error", "tty"],
    });
    await command.send(4, '{"Width":120,"Height":40}');
    await eventually(() => provider.calls.length === 1);
    await command.send(4, '{"Width":80,"Height":25}');
    await eventually(() => provider.sizes.length === 1);
    command.closeStdin();
    await command.closed;
    expect(provider.calls[0]).toMatchObject({ tty: true, stderr: false, size: { columns: 120, rows: 40 } });
    expect(provider.sizes).toEqual([{ columns: 80, rows: 25 }]);
  });

  it("kills the process of a client that vanishes", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const command = await RemoteCommand.open(kubelet, { command: ["sleep", "100"] });
    await eventually(() => provider.pids.length === 1);
    command.socket.terminate();
    await eventually(() => !isAlive(provider.pids[0]));
    expect(provider.calls[0]?.signal.aborted).toBe(true);
  });

  it("gives up a client that answers no ping", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 10 });
    const command = await RemoteCommand.open(kubelet, { command: ["sleep", "100"] });
    command.socket.pause();
    await eventually(() => provider.pids.length === 1 && !isAlive(provider.pids[0]));
    expect(provider.calls[0]?.signal.reason).toEqual(new Error("The client is gone."));
  });

  it("keeps a silent client that answers pings, until it has been idle for too long", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 60, idleTimeoutMs: 400 });
    const startedAt = performance.now();
    const command = await RemoteCommand.open(kubelet, { command: ["sleep", "100"] });
    await command.closed;
    expect(performance.now() - startedAt).toBeGreaterThan(350);
    await eventually(() => !isAlive(provider.pids[0]));
  });

  it("leaves one audit line, which no argument can split", async () => {
    await using kubelet = await Kubelet.start();
    await (
      await RemoteCommand.open(kubelet, { command: ["sh", "-c", "exit 7", "\u001b[2J\nforged"] })
    ).closed;
    await kubelet.get(execPath({ command: ["true"], container: "none" }), upgradeHeaders());
    await eventually(() => kubelet.lines.filter(({ audit }) => audit === "exec").length === 2);
    expect(kubelet.lines[0]).toMatchObject({
      user: "kube-apiserver-kubelet-client",
      namespace: "default",
      pod: "web",
      container: "app",
      command: String.raw`["sh","-c","exit 7","\u001b[2J\nforged"]`,
      outcome: "exit code 7",
    });
    expect(kubelet.lines[1]).toMatchObject({
      container: "none",
      outcome: 'refused: container "none" not found in pod "web"',
    });
  });
});

describe("pressure", () => {
  it("stops a process whose client does not read, in bounded memory", async () => {
    let given = 0;
    const provider = processProvider({
      stdout: (async function* () {
        for (; given < 200e6; given += 65_536) yield Buffer.alloc(65_536);
      })(),
    });
    await using kubelet = await Kubelet.start({ provider });
    const command = await RemoteCommand.open(kubelet, { command: ["endless"] });
    command.socket.pause();
    await settled(() => given);
    expect(given).toBeGreaterThan(0);
    expect(given).toBeLessThan(32e6);
    command.socket.terminate();
  });

  it("stops a client whose process does not read, and still hears of its end", async () => {
    const unread = new WritableStream<Uint8Array>({ write: () => new Promise(() => {}) });
    const provider = processProvider({ stdin: unread });
    await using kubelet = await Kubelet.start({ provider });
    const command = await RemoteCommand.open(kubelet, { command: ["deaf"] });
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200e6; sent += 65_536) await command.send(0, Buffer.alloc(65_536));
    })();
    sending.catch(() => {});
    await settled(() => sent);
    expect(sent).toBeLessThan(32e6);
    provider.exit({ type: "code", code: 0 });
    expect((await command.status()).status).toBe("Success");
  });

  it("drops the input of a process that has closed it", async () => {
    const closed = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    const provider = processProvider({ stdin: closed });
    await using kubelet = await Kubelet.start({ provider });
    const command = await RemoteCommand.open(kubelet, { command: ["true"] });
    for (let round = 0; round < 100; round++) await command.send(0, Buffer.alloc(65_536));
    provider.exit({ type: "code", code: 0 });
    expect((await command.status()).status).toBe("Success");
  });
});

describe("a provider that fails", () => {
  it.each<[string, Partial<Provider> | (() => Partial<Provider>), object]>([
    [
      "refuses",
      { exec: () => Promise.reject(new ProviderError("NotFound", "no such container")) },
      { reason: "NotFound", code: 404, message: "no such container" },
    ],
    [
      "throws something else",
      {
        exec: () => {
          throw new Error("boom");
        },
      },
      { reason: "InternalError", message: "error executing command in container: boom" },
    ],
    [
      "gives nothing",
      { exec: () => undefined as unknown as ContainerProcess },
      { reason: "InternalError", message: expect.stringContaining("no process") as string },
    ],
    ["never answers", { exec: () => new Promise<never>(() => {}) }, { reason: "Timeout", code: 504 }],
    [
      "does not know the end",
      () => processProvider({}, { type: "unknown" }),
      { reason: "InternalError", message: expect.stringContaining("does not tell how the command ended") as string },
    ],
    [
      "loses the connection",
      { exec: () => ({ stdout: (async function* () {})(), wait: () => Promise.reject(new Error("lost")) }) },
      { reason: "InternalError", message: expect.stringContaining("lost") as string },
    ],
    [
      "gives an output that is no stream",
      { exec: () => ({ stdout: 7 as never, wait: () => new Promise<never>(() => {}) }) },
      { reason: "InternalError" },
    ],
  ])("and %s is told on the error channel", async (_, provider, status) => {
    const part = typeof provider === "function" ? provider() : provider;
    await using kubelet = await Kubelet.start({ provider: { ...bareProvider, ...part }, providerTimeoutMs: 150 });
    const command = await RemoteCommand.open(kubelet, { command: ["true"] });
    expect(await command.status()).toMatchObject({ status: "Failure", ...status });
  });

  it("and begins when nobody waits any more has its streams ended, and their errors are nobody's", async () => {
    const [stdin, stdout] = [new Writable({ write() {} }), new Readable({ read() {} })];
    const exec: Provider["exec"] = async (_container, { signal }) => {
      await once(signal, "abort");
      return { stdin, stdout, wait: () => Promise.reject(new Error("killed")) };
    };
    await using kubelet = await Kubelet.start({ provider: { ...bareProvider, exec }, providerTimeoutMs: 20 });
    const command = await RemoteCommand.open(kubelet, { command: ["true"] });
    expect(await command.status()).toMatchObject({ reason: "Timeout", code: 504 });
    await eventually(() => stdout.destroyed && stdin.listenerCount("error") > 0);
  });
});

describe("what is refused before it begins", () => {
  it.each([
    ["no command", 400, "/exec/default/web/app?output=1", "at least one command"],
    ["no stream", 400, "/exec/default/web/app?command=true", "at least 1 of stdin, stdout, stderr"],
    ["an unknown pod", 404, "/exec/default/none/app?command=true&output=1", 'pod "none" does not exist'],
    ["another pod of the name", 404, "/exec/default/web/uid-2/app?command=true&output=1", 'pod "web" does not exist'],
    [
      "an unknown container",
      404,
      "/exec/default/web/none?command=true&output=1",
      'container "none" not found in pod "web"',
    ],
    [
      "a container that waits",
      400,
      "/exec/default/web/late?command=true&output=1",
      "is not running: ContainerCreating",
    ],
    ["a container that has ended", 400, "/exec/default/web/done?command=true&output=1", "is not running: Completed"],
    ["a path that has no streams", 400, "/pods", "cannot be upgraded"],
    ["an unknown path", 404, "/enter/default/web/app?output=1", "404"],
  ])("%s is %i", async (...[, status, path, message]) => {
    await using kubelet = await Kubelet.start();
    const answer = await kubelet.get(path, upgradeHeaders());
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({
      kind: "Status",
      code: status,
      message: expect.stringContaining(message),
    });
    expect(answer.headers.connection).toBe("close");
  });

  it("runs by the path with the pod's UID", async () => {
    await using kubelet = await Kubelet.start();
    const socket = kubelet.webSocket("/exec/default/web/uid-1/app?command=true&output=1");
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(1000);
  });

  it("protocols that nobody speaks are named by those that the node does", async () => {
    await using kubelet = await Kubelet.start();
    const spdy = { Connection: "Upgrade", Upgrade: "SPDY/3.1" };
    const ask = (headers: Record<string, string>): ReturnType<Kubelet["get"]> =>
      kubelet.get(execPath({ command: ["true"] }), { method: "POST", headers });
    const answer = await ask({ ...spdy, "X-Stream-Protocol-Version": "v9.channel.k8s.io" });
    expect(answer.status).toBe(403);
    expect(answer.headers["x-accepted-stream-protocol-versions"]).toBe(
      "v4.channel.k8s.io, v3.channel.k8s.io, v2.channel.k8s.io, channel.k8s.io",
    );
    expect(answer.headers.connection).toBe("close");
    expect((await ask(spdy)).status).toBe(400);
    expect(
      (await ask({ ...spdy, "X-Stream-Protocol-Version": "v4.channel.k8s.io", "Content-Length": "5" })).status,
    ).toBe(400);
    expect((await ask({ Connection: "Upgrade", Upgrade: "SPDY/2" })).status).toBe(400);
  });

  it("SPDY is told first of what is wrong in itself, since kubectl shows only what its second try by SPDY was told", async () => {
    await using kubelet = await Kubelet.start();
    const headers = { Connection: "Upgrade", Upgrade: "SPDY/3.1" };
    const answer = await kubelet.get(execPath({ command: ["true"], container: "late" }), { method: "POST", headers });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining("is not running") as string });
  });

  it("subprotocols that nobody speaks, and a handshake without a key, are 400", async () => {
    await using kubelet = await Kubelet.start();
    const path = execPath({ command: ["true"] });
    expect((await kubelet.get(path, upgradeHeaders({ "Sec-WebSocket-Protocol": "v9.channel.k8s.io" }))).status).toBe(
      400,
    );
    const { "Sec-WebSocket-Key": _key, ...headers } = upgradeHeaders().headers;
    expect((await kubelet.get(path, { headers })).status).toBe(400);
    await eventually(() => kubelet.lines.length === 2);
    expect(kubelet.lines[1]).toMatchObject({ outcome: "refused: the WebSocket handshake was not valid" });
  });

  it("a provider that runs no commands is 501, and a request without an upgrade 400", async () => {
    await using kubelet = await Kubelet.start({ provider: bareProvider });
    expect(await kubelet.get(execPath({ command: ["true"] }), upgradeHeaders())).toMatchObject({
      status: 501,
      body: expect.stringContaining("This node's provider does not run commands in containers."),
    });
    expect((await kubelet.get(execPath({ command: ["true"] }), { method: "POST" })).status).toBe(400);
  });

  it("asks the provider when the cluster does not know yet that the container runs", async () => {
    const { status, ...young } = web;
    const provider = Object.assign(new HostProvider(), {
      getPod: () => ({ ...young.metadata, ...(status ? { status } : {}) }),
    });
    const waiting = {
      ...young,
      status: { containerStatuses: [{ ...status?.containerStatuses?.[1], name: "app" }] },
    } as typeof web;
    await using kubelet = await Kubelet.start({ provider, pods: podSource(waiting) });
    const command = await RemoteCommand.open(kubelet, { command: ["true"] });
    expect((await command.status()).status).toBe("Success");
  });
});

function upgradeHeaders(more: Record<string, string> = {}): { headers: Record<string, string> } {
  const key = randomBytes(16).toString("base64");
  const headers = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": key,
  };
  return { headers: { ...headers, ...more } };
}

/** A provider whose one process ends when the test says so, or at once with `exit`. */
function processProvider(streams: Partial<ContainerProcess>, exit?: Exit): Provider & { exit(exit: Exit): void } {
  const { promise, resolve } = Promise.withResolvers<Exit>();
  if (exit) resolve(exit);
  const process: ContainerProcess = { stdout: (async function* () {})(), ...streams, wait: () => promise };
  return { ...bareProvider, exec: () => process, exit: resolve };
}

/** Waits until a number has stopped to grow. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1; before !== read() || before === 0;) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
