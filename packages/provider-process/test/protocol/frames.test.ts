import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Channel, FrameReader, channels, encodeFrame, writeFrame } from "../../src/protocol/frames.ts";

interface Piece {
  readonly channel: number;
  readonly bytes: readonly number[];
}

/** Messages and ends of streams one by one; the bytes of a stream that follow each other as one. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const all: Piece[] = [];
  for (const { channel, bytes } of pieces) {
    const last = all.at(-1);
    const goesOn = channel !== 0 && last?.channel === channel && last.bytes.length > 0 && bytes.length > 0;
    if (goesOn) all.splice(-1, 1, { channel, bytes: [...last.bytes, ...bytes] });
    else all.push({ channel, bytes });
  }
  return all;
}

describe("frames", () => {
  test("come out as they went in, however the bytes are cut", () => {
    const frame = fc.record({
      channel: fc.constantFrom<Channel>(0, 1, 2, 3),
      bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => [...bytes]),
    });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat(50)), (frames, cuts) => {
        const all = Buffer.concat(frames.map(({ channel, bytes }) => encodeFrame(channel, Buffer.from(bytes))));
        const reader = new FrameReader();
        const read: Piece[] = [];
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const length = (cuts[turn % Math.max(cuts.length, 1)] ?? 7) + 1;
          for (const { channel, payload } of reader.push(all.subarray(at, at + length)))
            read.push({ channel, bytes: [...payload] });
          at += length;
        }
        expect(joined(read)).toEqual(joined(frames));
      }),
    );
  });

  test("are the same bytes whether they are encoded or written", async () => {
    const sink = new PassThrough();
    expect(writeFrame(sink, channels.stdout, Buffer.from("text"))).toBe(true);
    writeFrame(sink, channels.stdin, Buffer.from("in "), Buffer.alloc(0), Buffer.from("pieces"));
    writeFrame(sink, channels.stderr);
    const encoded = [
      encodeFrame(channels.stdout, Buffer.from("text")),
      encodeFrame(channels.stdin, Buffer.from("in pieces")),
      encodeFrame(channels.stderr, new Uint8Array()),
    ];
    sink.end();
    expect(Buffer.concat(await sink.toArray())).toEqual(Buffer.concat(encoded));
  });

  test.each([
    { bytes: [0xff, 0xff, 0xff, 0xff, 0], why: "an absurd length" },
    { bytes: [0, 0, 0, 1, 9, 0], why: "an unknown channel" },
  ])("are refused with $why", ({ bytes }) => {
    expect(() => [...new FrameReader().push(Buffer.from(bytes))]).toThrow(RangeError);
  });
});
