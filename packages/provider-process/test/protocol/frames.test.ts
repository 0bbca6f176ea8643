import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Channel, FrameReader, encodeFrame } from "../../src/protocol/frames.ts";

describe("frames", () => {
  test("come out as they went in, however the bytes are cut", () => {
    const frame = fc.record({
      channel: fc.constantFrom<Channel>(0, 1, 2, 3),
      payload: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat(50)), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ channel, payload }) => encodeFrame(channel, payload)));
        const reader = new FrameReader();
        const read: { channel: number; payload: number[] }[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const length = (cuts[turn % Math.max(cuts.length, 1)] ?? 7) + 1;
          for (const { channel, payload } of reader.push(bytes.subarray(at, at + length)))
            read.push({ channel, payload: [...payload] });
          at += length;
        }
        expect(read).toEqual(frames.map(({ channel, payload }) => ({ channel, payload: [...payload] })));
      }),
    );
  });

  test.each([
    { bytes: [0xff, 0xff, 0xff, 0xff, 0], why: "an absurd length" },
    { bytes: [0, 0, 0, 1, 9, 0], why: "an unknown channel" },
  ])("are refused with $why", ({ bytes }) => {
    expect(() => [...new FrameReader().push(Buffer.from(bytes))]).toThrow(RangeError);
  });
});
