import { describe, expect, it } from "vitest";
import { FrameReader } from "../../src/spdy/frame-reader.ts";
import { HeaderInflater, parseHeaders } from "../../src/spdy/header-block.ts";
import { SpdyError } from "../../src/spdy/spdy-error.ts";
import { Kubelet } from "../kubelet.ts";
import { SpdyClient } from "../spdy-client.ts";
import { bitFlips, expectUnharmed, recordings, streamProvider, wantedBy } from "./corpus.ts";

const all = recordings("spdy");

/** What these bytes say, in whatever pieces they come; where they break the protocol, up to there. */
function told(...pieces: readonly Uint8Array[]): readonly string[] {
  const reader = new FrameReader();
  const inflater = new HeaderInflater();
  const lines: string[] = [];
  const data = new Map<number, string>();
  try {
    for (const piece of pieces) {
      for (const frame of reader.push(piece)) {
        if (frame.type === "synStream") {
          const headers = parseHeaders(inflater.inflate(frame.block));
          lines.push(`${frame.streamId} opens: ${[...headers].map((pair) => pair.join("=")).join(" ")}`);
        } else if (frame.type === "headers") inflater.inflate(frame.block);
        else if (frame.type === "data") {
          data.set(frame.streamId, (data.get(frame.streamId) ?? "") + Buffer.from(frame.payload).toString("latin1"));
          if (frame.fin) lines.push(`${frame.streamId} ends`);
        } else lines.push(frame.type);
      }
    }
  } catch (error) {
    // Anything else is a fault of ours.
    if (!(error instanceof SpdyError)) throw error;
    lines.push(`broken: ${error.message}`);
  }
  return [...lines, ...[...data].map(([id, text]) => `${id} says ${JSON.stringify(text)}`)];
}

describe.each(all)("what an API server sent for $name", ({ bytes }) => {
  it("is understood", () => {
    expect(told(bytes)).toMatchSnapshot();
  });

  it("says the same, wherever it is cut", () => {
    const whole = told(bytes);
    for (let at = 1; at < bytes.length; at++) expect(told(bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
    expect(
      told(
        ...bytes
          .toString("latin1")
          .split("")
          .map((byte) => Buffer.from(byte, "latin1")),
      ),
    ).toEqual(whole);
  });

  it("is frames or one clear error with any bit another, any byte left out, or another recording from any byte on", () => {
    const fates = new Set<string>();
    const note = (lines: readonly string[]): void =>
      void fates.add(lines.some((line) => line.startsWith("broken")) ? "broken" : "read");
    for (const flipped of bitFlips(bytes)) note(told(flipped));
    for (let at = 0; at < bytes.length; at++) {
      note(told(bytes.subarray(0, at), bytes.subarray(at + 1)));
      for (const other of all) note(told(bytes.subarray(0, at), other.bytes.subarray(at)));
    }
    expect([...fates].toSorted()).toEqual(["broken", "read"]);
  });
});

describe("a server that is sent the like of it with one bit another", () => {
  it("ends that connection and its processes, and serves others", async () => {
    const provider = streamProvider();
    await using kubelet = await Kubelet.start({ provider, streamCreationTimeoutMs: 200 });
    for (const { name, bytes } of all) {
      const { path, protocol } = wantedBy(name);
      for (const flipped of bitFlips(bytes, { every: 67 })) {
        const client = await SpdyClient.open(kubelet, path, [protocol.spdy]);
        await client.send(flipped);
        client.socket.end();
        await client.closed;
      }
    }
    await expectUnharmed(kubelet, provider);
  });
});
