import { randomBytes } from "node:crypto";
import { constants, createDeflate, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderInflater, emptyHeaderBlock, parseHeaders } from "../../src/spdy/header-block.ts";
import { headerDictionary } from "../../src/spdy/header-dictionary.ts";
import { HeaderCodec, headerBlock, words } from "../spdy-frames.ts";

const head = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);

describe("blocks of headers", () => {
  it("are expanded one after the other, each building on those before", () => {
    const header = fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(fc.array(header, { maxLength: 8 }), { minLength: 1, maxLength: 6 }), (blocks) => {
        const inflater = new HeaderInflater();
        const codec = new HeaderCodec();
        for (const block of blocks) {
          expect(inflater.inflate(codec.encode(block))).toEqual(headerBlock(block));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("of no headers can be read by others, the first one and further ones", () => {
    const codec = new HeaderCodec();
    const [first, next] = [emptyHeaderBlock({ isFirst: true }), emptyHeaderBlock({ isFirst: false })];
    expect([codec.decode(first), codec.decode(next)]).toEqual([new Map(), new Map()]);
    const flushed = inflateSync(Buffer.concat([first, next]), { dictionary: headerDictionary, finishFlush: 2 });
    expect(flushed).toEqual(Buffer.alloc(8));
  });

  it("that one stream has compressed, as clients do, are expanded too", async () => {
    const deflate = createDeflate({ dictionary: headerDictionary });
    const inflater = new HeaderInflater();
    for (let round = 0; round < 300; round++) {
      const block = headerBlock([
        ["streamtype", round % 2 === 0 ? "data" : "error"],
        ["requestid", String(round)],
        ["noise", randomBytes(round).toString("hex")],
      ]);
      deflate.write(block);
      await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
      const pieces: Buffer[] = [];
      for (let piece = deflate.read() as Buffer | null; piece; piece = deflate.read() as Buffer | null)
        pieces.push(piece);
      expect(inflater.inflate(Buffer.concat(pieces))).toEqual(block);
    }
  });

  it("that expand without end are given up early", () => {
    const bomb = new HeaderCodec().encodeBlock(Buffer.alloc(8_000_000));
    expect(bomb.length).toBeLessThan(16 * 1024);
    expect(() => new HeaderInflater().inflate(bomb)).toThrow("headers that expand without end");
  });

  it.each([
    ["noise", randomBytes(100), "not compressed by the dictionary"],
    ["noise behind a good head", Buffer.concat([head, Buffer.alloc(20, 0xff)]), "cannot be expanded"],
    ["a dictionary that nobody knows", Buffer.from([0x78, 0xbb, 1, 2, 3, 4, 0]), "not compressed by the dictionary"],
    ["no dictionary", deflateSync(headerBlock([["a", "b"]])), "not compressed by the dictionary"],
    ["nothing", Buffer.alloc(0), "not compressed by the dictionary"],
    ["nothing behind a good head", head, "end too early"],
  ])("that are %s are refused", (_, bytes, problem) => {
    expect(() => parseHeaders(new HeaderInflater().inflate(bytes))).toThrow(problem);
  });
});

describe("an expanded block", () => {
  it("gives its headers; of several values the first", () => {
    const block = headerBlock([
      ["streamtype", "data"],
      ["port", "80\x0081"],
    ]);
    expect([...parseHeaders(block)]).toEqual([
      ["streamtype", "data"],
      ["port", "80"],
    ]);
  });

  const name = Buffer.concat([words(1), Buffer.from("a")]);
  it.each([
    ["a count of 2^32", words(0xffff_ffff), "4294967295 headers"],
    ["fewer than it counts", words(1), "end too early"],
    ["a name of 2^31 bytes", words(1, 2 ** 31), "end too early"],
    ["a name without a value", Buffer.concat([words(1), name]), "end too early"],
    ["a header twice", Buffer.concat([words(2), name, name, name, name]), "twice"],
    ["a header without a name", words(1, 0, 0), "without a name"],
    ["something after its end", words(0, 0), "more headers than it counts"],
  ])("with %s is refused", (_, block, problem) => {
    expect(() => parseHeaders(block)).toThrow(problem);
  });
});
