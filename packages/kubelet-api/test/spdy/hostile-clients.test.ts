import { once } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HostProvider } from "../host-provider.ts";
import { Kubelet, eventually } from "../kubelet.ts";
import { execPath } from "../remote-command-client.ts";
import { SpdyClient } from "../spdy-client.ts";
import { SpdyCommand } from "../spdy-command-client.ts";
import { HeaderCodec, controlFrame, dataFrame, fin, frameTypes, words } from "../spdy-frames.ts";

const v4 = ["v4.channel.k8s.io"];
const sleeping = { command: ["sleep", "100"] };

/** The status of the frame that says goodbye; 1 is a broken protocol. */
async function goAwayStatus(client: SpdyClient): Promise<number | undefined> {
  await client.closed;
  const goodbye = client.control.find(({ kind }) => kind === frameTypes.goAway);
  return goodbye?.payload.readUInt32BE(4);
}

function synStream(id: number, block: Uint8Array): Buffer {
  return controlFrame(frameTypes.synStream, 0, Buffer.concat([words(id, 0), Buffer.alloc(2), block]));
}

const bomb = (): Buffer => new HeaderCodec().encodeBlock(Buffer.alloc(8_000_000));

describe("a client that breaks SPDY", () => {
  it.each<[string, () => Buffer]>([
    ["another version", () => controlFrame(frameTypes.ping, 0, words(1), 2)],
    ["settings that count 2^31 entries", () => controlFrame(frameTypes.settings, 0, words(2 ** 31, 0, 0))],
    ["a control frame of 16 MiB", () => words(0x8003_0001, 0xff_ffff)],
    ["data for a stream that was never opened", () => dataFrame(99, 0, Buffer.from("x"))],
    ["data of no stream", () => dataFrame(0, 0, Buffer.from("x"))],
    ["a stream of an even number", () => synStream(100, Buffer.alloc(0))],
    ["a stream of a number that was used", () => synStream(1, Buffer.alloc(0))],
    ["headers that expand without end", () => synStream(101, bomb())],
    ["headers that are noise", () => synStream(101, Buffer.alloc(50, 0xff))],
    ["HTTP", () => Buffer.from("GET / HTTP/1.1\r\nHost: node\r\n\r\n")],
  ])("by %s is told so, and its process is killed", async (_, bytes) => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider });
    const { client } = await SpdyCommand.open(kubelet, sleeping);
    await eventually(() => provider.calls.length === 1);
    void client.send(bytes());
    expect(await goAwayStatus(client)).toBe(1);
    expect(provider.calls[0]?.signal.aborted).toBe(true);
    await eventually(() => kubelet.lines.some(({ audit }) => audit === "exec"));
  });

  it.each([
    ["a type that nobody knows", { streamtype: "stdwhat" }],
    ["a type twice", { streamtype: "error" }],
    ["no type", {}],
  ])("by a stream of %s is cut off", async (_, headers) => {
    await using kubelet = await Kubelet.start();
    const client = await SpdyClient.open(kubelet, execPath(sleeping), v4);
    client.stream({ streamtype: "error" });
    client.stream(headers);
    await client.closed;
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]?.["outcome"]).toContain("refused: The client opened a stream of type");
  });

  it("by not opening the streams that it announced is cut off in time", async () => {
    await using kubelet = await Kubelet.start({ streamCreationTimeoutMs: 100 });
    const client = await SpdyClient.open(kubelet, execPath(sleeping), v4);
    client.stream({ streamtype: "error" });
    await client.closed;
    await eventually(() => kubelet.lines.length === 1);
    expect(kubelet.lines[0]?.["outcome"]).toBe("refused: The client did not open the streams that it announced.");
  });

  it("by more streams than it announced has those refused, and keeps the others", async () => {
    await using kubelet = await Kubelet.start();
    const command = await SpdyCommand.open(kubelet, { command: ["cat"] });
    const refused = Array.from({ length: 50 }, () => command.client.stream({ streamtype: "stdin" }));
    for (const { ended } of refused) expect(await ended).toBe("reset 3");
    await command.stream("stdin").write("still here");
    command.stream("stdin").end();
    expect((await command.status()).status).toBe("Success");
    expect(command.stream("stdout").text()).toBe("still here");
  });

  it("has room again once the streams of others have ended", async () => {
    await using kubelet = await Kubelet.start({ maxStreams: 6 });
    const first = await SpdyCommand.open(kubelet, sleeping);
    const second = await SpdyClient.open(kubelet, execPath(sleeping), v4);
    const streams = ["error", "stdin", "stdout"].map((streamtype) => second.stream({ streamtype }));
    expect(await streams[2]?.ended).toBe("reset 3");
    second.destroy();
    first.client.destroy();
    await eventually(() => kubelet.lines.length === 2);
    const third = await SpdyCommand.open(kubelet, { command: ["true"] });
    expect((await third.status()).status).toBe("Success");
  });

  it.each<[string, (number: number) => Buffer]>([
    ["questions", (number) => controlFrame(frameTypes.ping, 0, words(number * 2 + 1))],
    ["resets", () => controlFrame(frameTypes.reset, 0, words(1001, 5))],
    ["settings", () => controlFrame(frameTypes.settings, 0, words(0))],
    ["empty data", () => dataFrame(1, 0, Buffer.alloc(0))],
  ])("by a flood of %s is cut off", async (_, frame) => {
    await using kubelet = await Kubelet.start();
    const { client } = await SpdyCommand.open(kubelet, sleeping);
    const flood = Buffer.concat(Array.from({ length: 1000 }, (_none, number) => frame(number)));
    for (let round = 0; round < 60 && !client.socket.destroyed; round++) {
      if (!client.socket.write(flood)) await Promise.race([once(client.socket, "drain"), client.closed]);
    }
    expect(await goAwayStatus(client)).toBe(1);
  });

  it("by any bytes whatever ends alone: the server goes on", async () => {
    const provider = new HostProvider();
    await using kubelet = await Kubelet.start({ provider, streamCreationTimeoutMs: 200 });
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 }))
        .map(([kind, flags, bytes]) => controlFrame(kind, flags, bytes)),
      fc
        .tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom(0, fin), fc.uint8Array({ maxLength: 60 }))
        .map(([id, flags, bytes]) => dataFrame(id, flags, bytes)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
        const client = await SpdyClient.open(kubelet, execPath(sleeping), v4);
        await client.send(Buffer.concat(frames));
        await client.closed;
      }),
      { numRuns: 40 },
    );
    const command = await SpdyCommand.open(kubelet, { command: ["echo", "well"] });
    expect((await command.status()).status).toBe("Success");
  });
});
