import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, type SpdyFrame } from "../../src/spdy/frame-reader.ts";
import { controlFrame, dataFrame, fin, frameTypes, words } from "../spdy-frames.ts";

function read(...pieces: readonly Uint8Array[]): readonly SpdyFrame[] {
  const reader = new FrameReader();
  return pieces.flatMap((piece) => [...reader.push(piece)]);
}

/** What came of each stream, in whatever pieces. */
function gathered(frames: readonly SpdyFrame[]): readonly unknown[] {
  const all: unknown[] = [];
  let open: { streamId: number; bytes: number[]; fin: boolean } | undefined;
  for (const frame of frames) {
    if (frame.type !== "data")
      all.push((open = undefined), { ...frame, ...("block" in frame ? { block: [...frame.block] } : {}) });
    else if (open?.streamId === frame.streamId && !open.fin) {
      open.bytes.push(...frame.payload);
      open.fin = frame.fin;
    } else all.push((open = { streamId: frame.streamId, bytes: [...frame.payload], fin: frame.fin }));
  }
  return all.filter((item) => item !== undefined);
}

describe("frames", () => {
  it("are read as they come", () => {
    expect(
      read(
        controlFrame(frameTypes.synStream, fin, Buffer.concat([words(1, 0), Buffer.from([0, 0, 9])])),
        controlFrame(frameTypes.headers, 0, Buffer.concat([words(1), Buffer.from([8])])),
        controlFrame(frameTypes.synReply, 0, Buffer.concat([words(1), Buffer.from([7])])),
        dataFrame(1, fin, Buffer.from("hi")),
        controlFrame(frameTypes.reset, 0, words(1, 5)),
        controlFrame(frameTypes.settings, 0, words(1, 4, 1000)),
        controlFrame(frameTypes.windowUpdate, 0, words(1, 1000)),
        controlFrame(frameTypes.ping, 0, words(7)),
        controlFrame(frameTypes.goAway, 0, words(1, 0)),
        controlFrame(99, 0, Buffer.from("of a later version")),
      ),
    ).toEqual([
      { type: "synStream", streamId: 1, block: Buffer.from([9]), fin: true },
      { type: "headers", block: Buffer.from([8]) },
      { type: "headers", block: Buffer.from([7]) },
      { type: "data", streamId: 1, payload: Buffer.from("hi"), fin: true },
      { type: "rstStream", streamId: 1 },
      { type: "ignored" },
      { type: "ignored" },
      { type: "ping", id: 7 },
      { type: "goAway" },
      { type: "ignored" },
    ]);
  });

  it("of data are handed on before they are whole, and end with their last piece", () => {
    const frame = dataFrame(3, fin, Buffer.from("abcd"));
    expect(read(frame.subarray(0, 10), frame.subarray(10))).toEqual([
      { type: "data", streamId: 3, payload: Buffer.from("ab"), fin: false },
      { type: "data", streamId: 3, payload: Buffer.from("cd"), fin: true },
    ]);
    expect(read(dataFrame(3, fin, Buffer.alloc(0)))).toEqual([
      { type: "data", streamId: 3, payload: Buffer.alloc(0), fin: true },
    ]);
  });

  it.each([
    ["data of no stream", dataFrame(0, 0, Buffer.from("x")), "data without a stream"],
    ["another version", controlFrame(frameTypes.ping, 0, words(1), 2), "version 2 instead of 3"],
    ["a control frame of 16 MiB", Buffer.concat([words(0x8003_0001, 0xff_ffff)]), "a control frame of 16777215 bytes"],
    [
      "settings that count 2^31 entries",
      controlFrame(frameTypes.settings, 0, words(2 ** 31)),
      "a control frame of 4 bytes",
    ],
    ["settings without a count", controlFrame(frameTypes.settings, 0, Buffer.alloc(2)), "where 4 belong at least"],
    ["a stream without a head", controlFrame(frameTypes.synStream, 0, words(1)), "where 10 belong at least"],
    ["a short ping", controlFrame(frameTypes.ping, 0, Buffer.alloc(3)), "where 4 belong"],
    ["a long reset", controlFrame(frameTypes.reset, 0, Buffer.alloc(9)), "where 8 belong"],
    ["a short goodbye", controlFrame(frameTypes.goAway, 0, Buffer.alloc(4)), "where 8 belong"],
  ])("that are %s are refused", (_, bytes, problem) => {
    expect(() => read(bytes)).toThrow(problem);
  });

  it("say the same however they are cut", () => {
    const frame = fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.boolean(), fc.uint8Array({ maxLength: 40 }))
        .map(([id, ends, bytes]) => dataFrame(id, ends ? fin : 0, bytes)),
      fc
        .uint8Array({ maxLength: 30 })
        .map((block) => controlFrame(frameTypes.synStream, 0, Buffer.concat([words(5, 0), Buffer.alloc(2), block]))),
      fc.nat().map((id) => controlFrame(frameTypes.ping, 0, words(id))),
    );
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 25 })),
        (frames, sizes) => {
          const bytes = Buffer.concat(frames);
          const pieces: Buffer[] = [];
          for (let at = 0; at < bytes.length;) {
            const size = sizes.next().value as number;
            pieces.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(gathered(read(...pieces))).toEqual(gathered(read(bytes)));
        },
      ),
    );
  });

  it("that are no frames at all give one clear error, or wait for more", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
        try {
          read(...pieces);
        } catch (error) {
          expect(error).toMatchObject({ name: "SpdyError" });
        }
      }),
    );
  });
});
