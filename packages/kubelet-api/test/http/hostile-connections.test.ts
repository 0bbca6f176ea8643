import { once } from "node:events";
import { Agent } from "node:https";
import { type Socket, connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it } from "vitest";
import { Kubelet, eventually } from "../kubelet.ts";

const request = "GET /healthz HTTP/1.1\r\nHost: n\r\n\r\n";

/** A connection of TCP, without TLS. */
async function tcp(kubelet: Kubelet): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: kubelet.port });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** A connection of TLS by somebody who shows nothing. */
async function anonymous(kubelet: Kubelet): Promise<Socket> {
  const socket = connectTls({ host: "127.0.0.1", port: kubelet.port, rejectUnauthorized: false });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  return socket;
}

function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("close", resolve).resume());
}

describe("connections", () => {
  it("of callers who prove nothing make room for others", async () => {
    await using kubelet = await Kubelet.start({ maxConnections: 3 });
    const silent = [await tcp(kubelet), await anonymous(kubelet), await tcp(kubelet)];
    const ends = silent.map((socket, index) => closed(socket).then(() => index));
    expect((await kubelet.get("/healthz")).status).toBe(200);
    expect(await Promise.race(ends)).toBe(0);
    expect(silent.map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
    for (const socket of silent) socket.destroy();
  });

  it("of callers who are known are kept, and more are not taken", async () => {
    await using kubelet = await Kubelet.start({ maxConnections: 1 });
    const first = await kubelet.socket();
    first.write(request);
    await once(first, "data");
    await expect(kubelet.socket()).rejects.toThrow(/disconnected|ECONNRESET|hang up/);
    first.write(request);
    const [answer] = (await once(first, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
    first.destroy();
  });

  it.each([
    ["plain HTTP", request],
    ["junk", "\u0016\u0003\u0001nonsense that is no TLS at all"],
    ["a record that is too long", Buffer.from([22, 3, 1, 255, 255, ...Buffer.alloc(2000)])],
    ["the end of a handshake before its beginning", Buffer.from([20, 3, 3, 0, 1, 1])],
  ])("that speak %s are closed at once", async (_, bytes) => {
    await using kubelet = await Kubelet.start();
    const socket = await tcp(kubelet);
    const ended = closed(socket);
    socket.write(bytes);
    await ended;
    expect(socket.bytesRead).toBeLessThan(100);
    expect((await kubelet.get("/healthz")).status).toBe(200);
    expect(kubelet.lines).toEqual([]);
  });

  it("say how long they are kept, and are", async () => {
    await using kubelet = await Kubelet.start();
    const agent = new Agent({ keepAlive: true });
    const { headers } = await kubelet.get("/healthz", { agent });
    expect(headers["keep-alive"]).toBe("timeout=90");
    agent.destroy();
  });

  it("that never end their handshake or their headers are closed in time", { timeout: 40_000 }, async () => {
    await using kubelet = await Kubelet.start();
    const startedAt = performance.now();
    const silent = await tcp(kubelet);
    const slow = await anonymous(kubelet);
    const trickle = setInterval(() => slow.write("A"), 500);
    slow.write("GET /pods HTTP/1.1\r\nA");
    try {
      await Promise.all([closed(silent), closed(slow)]);
    } finally {
      clearInterval(trickle);
    }
    // Ten seconds, and two until the next look at them.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it("by the thousand that send a byte a second leave the others their pace", { timeout: 90_000 }, async () => {
    await using kubelet = await Kubelet.start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = await medianMs(kubelet, agent);
    const slow: Socket[] = [];
    for (let index = 0; index < 950; index++) slow.push(await tcp(kubelet));
    const inTls: Socket[] = [];
    for (let index = 0; index < 50; index++) inTls.push(await anonymous(kubelet));
    const usedBytes = process.memoryUsage().rss;
    let sent = 0;
    const trickle = setInterval(() => {
      for (const socket of slow) socket.write(hello.subarray(sent, sent + 1));
      for (const socket of inTls) socket.write(headers.slice(sent, sent + 1));
      sent++;
    }, 1000);
    try {
      const during = await medianMs(kubelet, agent);
      // Twice as long, and what a busy machine adds to a fraction of a millisecond.
      expect(during).toBeLessThan(2 * before + 5);
      expect(process.memoryUsage().rss - usedBytes).toBeLessThan(64 * 2 ** 20);
      await eventually(() => [...slow, ...inTls].every(({ destroyed }) => destroyed), 30_000);
      expect(sent).toBeGreaterThan(5);
    } finally {
      clearInterval(trickle);
      for (const socket of [...slow, ...inTls]) socket.destroy();
      agent.destroy();
    }
  });
});

/** The beginning of a TLS handshake and of a request, none of which is ever finished. */
const hello = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...Buffer.alloc(100, 7)]);
const headers = `GET /pods HTTP/1.1\r\nHost: ${"a".repeat(100)}`;

/** How long a request takes, at the median of two hundred. */
async function medianMs(kubelet: Kubelet, agent: Agent): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < 200; index++) {
    const startedAt = performance.now();
    await kubelet.get("/healthz", { agent });
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[100] ?? 0;
}
