import { once } from "node:events";
import type { WebSocket } from "ws";
import { describe, expect, it } from "vitest";
import { Kubelet, eventually } from "../kubelet.ts";
import { portForwardPath } from "../port-forward-client.ts";
import { TcpServer, echo, portProvider } from "../tcp-server.ts";

const v4 = "v4.channel.k8s.io";
const base64 = "v4.base64.channel.k8s.io";

/** What has come on each channel. */
function received(socket: WebSocket): (channel: number) => Buffer {
  const chunks = new Map<number, Buffer[]>();
  socket.on("message", (message: Buffer, isBinary) => {
    const channel = isBinary ? message[0]! : message[0]! - "0".charCodeAt(0);
    const payload = isBinary ? message.subarray(1) : Buffer.from(message.subarray(1).toString(), "base64");
    chunks.set(channel, [...(chunks.get(channel) ?? []), payload]);
  });
  return (channel) => Buffer.concat(chunks.get(channel) ?? []);
}

function frame(channel: number, text: string, protocol = v4): Buffer | string {
  if (protocol === base64)
    return String.fromCharCode("0".charCodeAt(0) + channel) + Buffer.from(text).toString("base64");
  return Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
}

const littleEndian = (port: number): Buffer => Buffer.from([port & 0xff, port >> 8]);

describe("ports in the channels of a WebSocket", () => {
  it.each([[v4], [base64], [undefined]])(
    "are named first and then carried, each by two channels, in %s",
    async (name) => {
      await using server = await TcpServer.start(echo);
      await using kubelet = await Kubelet.start({ provider: portProvider() });
      const path = `${portForwardPath}?${Array.from({ length: 7 }, () => `port=${server.port}`).join("&")}`;
      const socket = kubelet.webSocket(path, name === undefined ? [] : [name]);
      const channel = received(socket);
      await once(socket, "open");
      expect(socket.protocol).toBe(name ?? "");
      await eventually(() => server.connections.size === 7 && channel(13).length === 2);
      expect([channel(0), channel(1), channel(12)]).toEqual(Array(3).fill(littleEndian(server.port)));
      socket.send(frame(12, "the last", name));
      socket.send(frame(0, "the first", name));
      socket.send(frame(1, "nobody reads this", name));
      await eventually(() => channel(0).length > 2 && channel(12).length > 2);
      expect([channel(0), channel(12)].map((bytes) => bytes.subarray(2).toString())).toEqual(["the first", "the last"]);
      socket.close();
      await eventually(() => server.connections.size === 0 && kubelet.lines.length === 1);
      expect(kubelet.lines[0]).toMatchObject({ audit: "portForward", ports: [server.port], outcome: "7 connections" });
    },
  );

  it("end the connection when the last of them has ended, and tell why one failed", async () => {
    await using server = await TcpServer.start((socket) => void socket.end("all that I have"));
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const socket = kubelet.webSocket(`${portForwardPath}?port=1,${server.port}`, [v4]);
    const channel = received(socket);
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(1000);
    expect(channel(1).subarray(2).toString()).toBe(
      "error forwarding port 1 to pod web, uid uid-1: connect ECONNREFUSED 127.0.0.1:1",
    );
    expect(channel(2).subarray(2).toString()).toBe("all that I have");
    expect(channel(3)).toHaveLength(2);
  });

  it("go on beside one that failed, whatever the client still sends to that", async () => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const socket = kubelet.webSocket(`${portForwardPath}?port=1,${server.port}`, [v4]);
    const channel = received(socket);
    await once(socket, "open");
    await eventually(() => channel(1).length > 2);
    for (let count = 0; count < 16; count++) socket.send(Buffer.concat([Buffer.from([0]), Buffer.alloc(65_536)]));
    socket.send(frame(2, "still here"));
    await eventually(() => channel(2).length > 2);
    expect(channel(2).subarray(2).toString()).toBe("still here");
    socket.terminate();
  });

  it("are closed when the client vanishes, or breaks the protocol", async () => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const path = `${portForwardPath}?port=${server.port}`;
    const [gone, wrong] = [kubelet.webSocket(path, [v4]), kubelet.webSocket(path, [v4])];
    await Promise.all([once(gone, "open"), once(wrong, "open")]);
    await eventually(() => server.connections.size === 2);
    gone.terminate();
    await eventually(() => server.connections.size === 1);
    wrong.send(frame(2, "there is no such channel"));
    expect((await once(wrong, "close"))[0]).toBe(1002);
    await eventually(() => server.connections.size === 0);
  });

  it("are closed when the server closes, and the client is told that it goes away", async () => {
    await using server = await TcpServer.start(echo);
    const kubelet = await Kubelet.start({ provider: portProvider() });
    const socket = kubelet.webSocket(`${portForwardPath}?port=${server.port}`, [v4]);
    await once(socket, "open");
    await eventually(() => server.connections.size === 1);
    const closed = once(socket, "close");
    await kubelet[Symbol.asyncDispose]();
    expect((await closed)[0]).toBe(1001);
    await eventually(() => server.connections.size === 0);
  });

  it("of a target that does not read hold up the client in bounded memory", async () => {
    await using deaf = await TcpServer.start(() => {});
    await using kubelet = await Kubelet.start({ provider: portProvider(), pingIntervalMs: 50 });
    const socket = kubelet.webSocket(`${portForwardPath}?port=${deaf.port}`, [v4]);
    await once(socket, "open");
    let sent = 0;
    const message = Buffer.alloc(65_536);
    while (sent < 200e6 && socket.bufferedAmount < 4e6) {
      await new Promise<void>((resolve) => {
        socket.send(message, () => resolve());
        setTimeout(resolve, 200);
      });
      sent += message.length;
    }
    expect(sent).toBeLessThan(64e6);
    socket.terminate();
    await eventually(() => kubelet.lines.length === 1);
  });

  it.each([
    ["", 'query parameter "port" is required'],
    ["?port=", 'query parameter "port" cannot be empty'],
    ["?port=0", 'port "0" must be > 0'],
    ["?port=80,", 'unable to parse "" as a port'],
    ["?port=80&port=70000", 'unable to parse "70000" as a port: it must be a number from 1 to 65535'],
    [`?port=${Array(33).fill("80").join(",")}`, "at most 32 ports"],
  ])("asked for by `%s` are refused", async (query, message) => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const answer = await kubelet.get(`${portForwardPath}${query}`, {
      headers: { Connection: "Upgrade", Upgrade: "websocket" },
    });
    expect(answer).toMatchObject({ status: 400, message: expect.stringContaining(message) as string });
  });

  it("are not spoken of in protocols that only commands have", async () => {
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const socket = kubelet.webSocket(`${portForwardPath}?port=80`, ["v5.channel.k8s.io"]);
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message).toContain("400");
  });
});
