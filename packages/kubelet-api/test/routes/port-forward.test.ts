import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Provider } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { bareProvider, podSource, web } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { openPair, openSpdy, openTunnel, portForwardPath, tunnelSocket } from "../port-forward-client.ts";
import { SpdyClient } from "../spdy-client.ts";
import { TcpServer, echo, portProvider } from "../tcp-server.ts";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const spdyUpgrade = {
  method: "POST",
  headers: { Connection: "Upgrade", Upgrade: "SPDY/3.1", "X-Stream-Protocol-Version": "portforward.k8s.io" },
};

describe.each([
  ["SPDY", openSpdy],
  ["SPDY in a WebSocket", openTunnel],
])("ports over %s", (_, open) => {
  it("carry bytes both ways, and each end by itself", async () => {
    await using server = await TcpServer.start((socket) => {
      socket.write("welcome\n");
      echo(socket);
    });
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const { data, error } = openPair(client, server.port);
    await Promise.all([data.reply, error.reply]);
    await data.write("hello\n");
    await eventually(() => data.text() === "welcome\nhello\n");
    data.end();
    expect(await data.ended).toBe("fin");
    expect(await error.ended).toBe("fin");
    expect(error.text()).toBe("");
    await eventually(() => server.connections.size === 0);
    client.destroy();
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]).toMatchObject({
      audit: "portForward",
      user: "kube-apiserver-kubelet-client",
      namespace: "default",
      pod: "web",
      ports: [server.port],
      outcome: "1 connections",
    });
  });

  it("are many on one connection", async () => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const pairs = Array.from({ length: 200 }, () => openPair(client, server.port));
    for (const [index, { data }] of pairs.entries()) {
      await data.write(`number ${index}`);
      data.end();
    }
    expect(await Promise.all(pairs.map(async ({ data }) => [await data.ended, data.text()]))).toEqual(
      pairs.map((_pair, index) => ["fin", `number ${index}`]),
    );
    client.destroy();
  });

  it("carry 20 MB both ways unharmed", async () => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const { data } = openPair(client, server.port);
    const input = randomBytes(20_000_000);
    for (let start = 0; start < input.length; start += 65_536) await data.write(input.subarray(start, start + 65_536));
    data.end();
    expect(await data.ended).toBe("fin");
    expect(sha256(Buffer.concat(data.received))).toBe(sha256(input));
    client.destroy();
  });

  it("that nobody listens to are told of, and the next is tried", async () => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const failed = openPair(client, 1);
    expect(await failed.data.ended).toBe("reset 5");
    expect(await failed.error.ended).toBe("fin");
    expect(failed.error.text()).toBe("error forwarding port 1 to pod web, uid uid-1: connect ECONNREFUSED 127.0.0.1:1");
    const { data } = openPair(client, server.port);
    await data.write("still here");
    await eventually(() => data.text() === "still here");
    client.destroy();
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]).toMatchObject({
      ports: [1, server.port],
      outcome: "2 connections, 1 failed: connect ECONNREFUSED 127.0.0.1:1",
    });
  });

  it("that break half way are told of", async () => {
    await using server = await TcpServer.start((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const { data, error } = openPair(client, server.port);
    await data.write("go");
    expect(await data.ended).toBe("reset 5");
    await error.ended;
    expect(error.text()).toContain("ECONNRESET");
    client.destroy();
  });

  it("are closed when the client resets them, and nobody else's", async () => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const [first, second] = [openPair(client, server.port), openPair(client, server.port)];
    await first.data.write("one");
    await second.data.write("two");
    await eventually(() => first.data.text() === "one" && second.data.text() === "two");
    first.data.reset();
    await eventually(() => server.connections.size === 1);
    expect(await first.error.ended).toBe("fin");
    await second.data.write(" and more");
    await eventually(() => second.data.text() === "two and more");
    client.destroy();
  });

  it("are closed when the client vanishes", async () => {
    const provider = portProvider();
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider });
    const client = await open(kubelet);
    for (let count = 0; count < 5; count++) openPair(client, server.port);
    await eventually(() => server.connections.size === 5);
    client.destroy();
    await eventually(() => server.connections.size === 0 && provider.sockets.every(({ destroyed }) => destroyed));
    expect(provider.calls.every(({ signal }) => signal.aborted)).toBe(true);
    await eventually(() => kubelet.lines.length === 1);
  });

  it("that the provider does not open in time are given up, and no other", async () => {
    await using server = await TcpServer.start(echo);
    const working = portProvider();
    const provider: Provider = {
      ...bareProvider,
      forwardPort: (pod, call) => (call.port === 1 ? new Promise<never>(() => {}) : working.forwardPort!(pod, call)),
    };
    await using kubelet = await Kubelet.start({ provider, providerTimeoutMs: 100 });
    const client = await open(kubelet);
    const good = openPair(client, server.port);
    const hanging = openPair(client, 1);
    await hanging.error.ended;
    expect(hanging.error.text()).toContain("did not answer within 100 ms");
    await good.data.write("fine");
    await eventually(() => good.data.text() === "fine");
    client.destroy();
  });

  it("of which only half is opened are given up after a while", async () => {
    await using kubelet = await Kubelet.start({ provider: portProvider(), streamCreationTimeoutMs: 50 });
    const client = await open(kubelet);
    const error = client.stream({ streamtype: "error", port: "80", requestid: "7" }, { end: true });
    expect(await error.ended).toBe("fin");
    expect(error.text()).toContain("(request=7) timed out waiting for streams");
    const data = client.stream({ streamtype: "data", port: "80", requestid: "8" });
    expect(await data.ended).toBe("reset 5");
    client.destroy();
  });

  it("are refused when a client has too many of them, also half of them", async () => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const halves = Array.from({ length: 514 }, (_half, index) =>
      client.stream({ streamtype: "error", port: "80", requestid: `half ${index}` }),
    );
    expect(await Promise.all(halves.slice(512).map(({ ended }) => ended))).toEqual(["reset 5", "reset 5"]);
    expect(await halves[511]!.reply).toBeInstanceOf(Map);
    client.destroy();
  });

  it("that are none are refused one by one", async () => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    for (const port of ["0", "65536", "http", ""]) expect(await openPair(client, port).data.ended).toBe("reset 5");
    const first = client.stream({ streamtype: "error", port: "80", requestid: "7" });
    const second = client.stream({ streamtype: "error", port: "80", requestid: "7" });
    expect(await second.ended).toBe("reset 5");
    await eventually(() => first.text().includes("error stream already assigned"));
    client.destroy();
  });

  it("are opened by clients of old, which name no request", async () => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const port = String(server.port);
    client.stream({ streamtype: "error", port });
    const data = client.stream({ streamtype: "data", port });
    await data.write("old");
    data.end();
    await data.ended;
    expect(data.text()).toBe("old");
    client.destroy();
  });

  it("are told when the server closes, within about a second", async () => {
    await using server = await TcpServer.start(echo);
    const kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await open(kubelet);
    const { data, error } = openPair(client, server.port);
    await data.write("here");
    await eventually(() => data.text() === "here");
    const startedAt = performance.now();
    await kubelet[Symbol.asyncDispose]();
    expect(performance.now() - startedAt).toBeLessThan(1700);
    expect(error.text()).toContain("closing");
    await client.closed;
    await eventually(() => server.connections.size === 0);
  });
});

describe("pressure on ports", () => {
  it("of a target that does not read holds up its client in bounded memory, and leaves other connections alone", async () => {
    await using deaf = await TcpServer.start(() => {});
    await using server = await TcpServer.start(echo);
    const provider = portProvider();
    await using kubelet = await Kubelet.start({ provider, pingIntervalMs: 50 });
    const [client, other] = [await openSpdy(kubelet), await openSpdy(kubelet)];
    other.answerPings();
    const { data } = openPair(client, deaf.port);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 200e6; sent += 65_536) await data.write(Buffer.alloc(65_536));
    })();
    sending.catch(() => {});
    await settled(() => sent);
    expect(sent).toBeLessThan(32e6);
    const { data: free } = openPair(other, server.port);
    await free.write("free");
    await eventually(() => free.text() === "free");
    client.destroy();
    other.destroy();
    await eventually(() => provider.sockets.every(({ destroyed }) => destroyed));
  });

  it("of a target that does not read leaves the client's other connections alone while there is room", async () => {
    await using deaf = await TcpServer.start(() => {});
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await openSpdy(kubelet);
    const [slow, free] = [openPair(client, deaf.port), openPair(client, server.port)];
    await slow.data.write(Buffer.alloc(200_000));
    await free.data.write("free");
    free.data.end();
    expect(await free.data.ended).toBe("fin");
    expect(free.data.text()).toBe("free");
    client.destroy();
  });

  it("of a client that does not read stops the target in bounded memory", async () => {
    let given = 0;
    await using server = await TcpServer.start((socket) => void pour(socket, (bytes) => (given += bytes)));
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await openSpdy(kubelet);
    openPair(client, server.port);
    await eventually(() => given > 0);
    client.socket.pause();
    await settled(() => given);
    expect(given).toBeLessThan(32e6);
    client.destroy();
    await eventually(() => server.connections.size === 0);
  });
});

describe("port-forward", () => {
  it.each([
    ["an unknown pod", "/portForward/default/none", 404, 'pod "none" does not exist'],
    ["another pod of the name", "/portForward/default/web/uid-2", 404, 'pod "web" does not exist'],
  ])("of %s is refused", async (...[, path, status, message]) => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const answer = await kubelet.get(path, spdyUpgrade);
    expect(answer).toMatchObject({ status, message });
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]).toMatchObject({ audit: "portForward", outcome: `refused: ${message}` });
  });

  it("goes by the path with the pod's UID", async () => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const client = await SpdyClient.open(kubelet, `${portForwardPath}/uid-1`, ["portforward.k8s.io"]);
    expect(client.socket.destroyed).toBe(false);
    client.destroy();
  });

  it("of a pod that has ended is 400, and 501 with a provider that cannot", async () => {
    const ended: typeof web = { ...web, status: { phase: "Succeeded" } };
    const provider: Provider = {
      ...portProvider(),
      getPod: () => ({ ...ended.metadata, ...(ended.status ? { status: ended.status } : {}) }),
    };
    await using kubelet = await Kubelet.start({ provider, pods: podSource(ended) });
    expect(await kubelet.get(portForwardPath, spdyUpgrade)).toMatchObject({
      status: 400,
      message: 'pod "web" is not running: Succeeded',
    });
    await using other = await Kubelet.start({ provider: bareProvider });
    expect((await other.get(portForwardPath, spdyUpgrade)).status).toBe(501);
  });

  it("without a version that the node speaks is 403, and says which it speaks", async () => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const headers = { ...spdyUpgrade.headers, "X-Stream-Protocol-Version": "v2.portforward.k8s.io" };
    const answer = await kubelet.get(portForwardPath, { ...spdyUpgrade, headers });
    expect(answer.status).toBe(403);
    expect(answer.headers["x-accepted-stream-protocol-versions"]).toBe("portforward.k8s.io");
  });

  it("in a WebSocket takes no text", async () => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const socket = tunnelSocket(kubelet);
    await once(socket, "open");
    socket.send("text");
    expect((await once(socket, "close"))[0]).toBe(1003);
  });
});

async function pour(socket: Socket, count: (bytes: number) => void): Promise<void> {
  while (!socket.destroyed) {
    count(65_536);
    if (socket.write(Buffer.alloc(65_536))) continue;
    await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => {});
  }
}

/** Waits until a number has stopped to grow. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1; before !== read() || before === 0;) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
