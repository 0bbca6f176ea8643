import { once } from "node:events";
import { text } from "node:stream/consumers";
import { array, asyncProperty, assert, constantFrom, oneof, record, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { HostProvider, isAlive } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { portForwardPath } from "../port-forward-client.ts";
import { RawWebSocket, frame, handshake, opcodes } from "../raw-web-socket.ts";
import { RemoteCommand, execPath } from "../remote-command-client.ts";
import { TcpServer, echo, portProvider } from "../tcp-server.ts";

const { text: textFrame, binary, close, ping } = opcodes;
const unfinished = 0x7f;

/** The head of a frame of this length, without its payload. */
const head = (start: number, length: bigint): Buffer => {
  const bytes = Buffer.alloc(14);
  bytes.set([start, 0xff]);
  bytes.writeBigUInt64BE(length, 2);
  return bytes;
};

const sleeping = execPath({ command: ["sleep", "100"] });

describe("a client that breaks the protocol", () => {
  it.each<[string, Buffer, number]>([
    ["a frame without a mask", Buffer.from([binary, 1, 0]), 1002],
    ["a length of 2^63", head(binary, 2n ** 63n), 1009],
    ["a length of 2^53", head(binary, 2n ** 53n), 1009],
    ["a message larger than allowed", head(binary, 4n * 2n ** 20n + 1n), 1009],
    ["text that is not UTF-8", frame(textFrame, [0xc3, 0x28]), 1007],
    ["a control frame in pieces", frame(ping & unfinished, [1]), 1002],
    ["a control frame that is long", frame(ping, Buffer.alloc(126)), 1002],
    ["an opcode for data that is reserved", frame(0x83, [1]), 1002],
    ["an opcode for control that is reserved", frame(0x8b, [1]), 1002],
    ["a compressed frame that was not agreed on", frame(binary | 0x40, [0, 65]), 1002],
    ["a bit that is reserved", frame(binary | 0x20, [0, 65]), 1002],
    ["a piece of no message", frame(0x80, [1]), 1002],
    ["a message within a message", Buffer.concat([frame(0x02, [0]), frame(binary, [0])]), 1002],
    ["a close with half a code", frame(close, [3]), 1002],
    ["a close with a code that nobody may send", frame(close, [3, 0xed]), 1002],
    ["a close with a code that there is not", frame(close, [0, 1]), 1002],
    ["a close whose reason is not UTF-8", frame(close, [3, 0xe8, 0xc3, 0x28]), 1007],
    ["an unknown channel", frame(binary, [9, 65]), 1002],
    ["the end of an unknown channel", frame(binary, [255, 9]), 1002],
    ["the end of no channel", frame(binary, [255]), 1002],
  ])("by %s is told so, and its process is killed", async (_, bytes, code) => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const client = await RawWebSocket.open(kubelet, sleeping);
    await eventually(() => provider.calls.length === 1);
    client.socket.write(bytes);
    expect(await client.closeCode()).toBe(code);
    await eventually(() => provider.calls[0]?.signal.aborted === true && !isAlive(provider.pids[0]));
    client.socket.destroy();
    await eventually(() => kubelet.lines.some(({ audit }) => audit === "exec"));
  });

  it.each<[string, Buffer]>([
    ["a frame without a mask", Buffer.from([binary, 1, 0])],
    ["a length of 2^63", head(binary, 2n ** 63n)],
    ["an unknown channel", frame(binary, [2, 65])],
  ])("by %s on a port's connection is cut off too", async (_, bytes) => {
    await using server = await TcpServer.start(echo);
    await using kubelet = await Kubelet.start({ provider: portProvider() });
    const path = `${portForwardPath}?port=${server.port}`;
    const client = await RawWebSocket.open(kubelet, path, "v4.channel.k8s.io");
    await eventually(() => server.connections.size === 1);
    client.socket.write(bytes);
    expect(await client.closeCode()).toBeGreaterThan(1001);
    await eventually(() => server.connections.size === 0);
    client.socket.destroy();
  });

  it.each([
    ["no key", { "Sec-WebSocket-Key": "" }],
    ["a key of another length", { "Sec-WebSocket-Key": "AAAA" }],
    ["a version that there is not", { "Sec-WebSocket-Version": "99" }],
    ["a version of old", { "Sec-WebSocket-Version": "0" }],
    ["an unknown subprotocol", { "Sec-WebSocket-Protocol": "v9.channel.k8s.io" }],
    ["a subprotocol that is no name", { "Sec-WebSocket-Protocol": "\u00ff,,;" }],
  ])("by a handshake with %s is refused, and the connection ends", async (_, headers) => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const socket = await kubelet.socket();
    socket.write(handshake(sleeping, headers), "latin1");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 4(00|26) /);
    expect(provider.calls).toEqual([]);
  });
});

describe("a client that floods", () => {
  it("with pings and reads nothing is cut off, and others are served", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const client = await RawWebSocket.open(kubelet, sleeping);
    client.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 512 }, () => frame(ping, Buffer.alloc(125))));
    let sent = 0;
    for (; sent < 200e6 && !client.socket.destroyed; sent += pings.length) {
      await new Promise((resolve) => client.socket.write(pings, resolve));
    }
    expect(sent).toBeLessThan(64e6);
    const other = await RemoteCommand.open(kubelet, { command: ["true"] });
    expect((await other.status()).status).toBe("Success");
    await eventually(() => !isAlive(provider.pids[0]));
  });

  it("with one message in ever more pieces is told to stop", async () => {
    await using kubelet = await Kubelet.start();
    const client = await RawWebSocket.open(kubelet, sleeping);
    const code = client.closeCode();
    client.socket.write(frame(0x02, [0]));
    client.socket.write(Buffer.concat(Array.from({ length: 5000 }, () => frame(0x00, [65]))));
    expect(await code).toBe(1008);
    client.socket.destroy();
  });

  it("with pieces that add up to more than a message may be is told to stop", async () => {
    await using kubelet = await Kubelet.start();
    const client = await RawWebSocket.open(kubelet, sleeping);
    const code = client.closeCode();
    client.socket.write(frame(0x02, [0]));
    const piece = frame(0x00, Buffer.alloc(60_000));
    for (let sent = 0; sent <= 4 * 1024 * 1024; sent += 60_000) client.socket.write(piece);
    expect(await code).toBe(1009);
    client.socket.destroy();
  });
});

describe("a client that sends anything at all", () => {
  const opcode = constantFrom(0x00, 0x01, 0x02, 0x80, textFrame, binary, close, ping, opcodes.pong, 0x83, 0xc2);
  const bytes = oneof(
    uint8Array({ maxLength: 300 }).map((raw) => Buffer.from(raw)),
    record({ start: opcode, payload: uint8Array({ maxLength: 200 }) }).map(({ start, payload }) =>
      frame(start, payload),
    ),
    record({ channel: constantFrom(0, 1, 4, 5, 255), payload: uint8Array({ maxLength: 200 }) }).map(
      ({ channel, payload }) => frame(binary, [channel, ...payload]),
    ),
  );

  it("leaves nothing behind, and the server serves others", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const anything = array(bytes, { maxLength: 12 });
    await assert(
      asyncProperty(anything, async (chunks) => {
        const client = await RawWebSocket.open(
          kubelet,
          execPath({ command: ["cat"], streams: ["input", "output", "tty"] }),
        );
        client.socket.resume();
        for (const chunk of chunks) client.socket.write(chunk);
        client.socket.end();
        await once(client.socket, "close");
      }),
      { numRuns: 100 },
    );
    await eventually(
      () => provider.calls.every(({ signal }) => signal.aborted) && provider.pids.every((pid) => !isAlive(pid)),
    );
    const other = await RemoteCommand.open(kubelet, { command: ["true"] });
    expect((await other.status()).status).toBe("Success");
    expect(kubelet.lines.filter(({ message }) => String(message).includes("itself"))).toEqual([]);
  });
});
