import { randomBytes } from "node:crypto";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderInflater, emptyHeaderBlock, parseHeaders } from "../../src/spdy/header-block.ts";
import { headerDictionary } from "../../src/spdy/header-dictionary.ts";
import { HeaderCodec, headerBlock, words } from "../spdy-frames.ts";

describe("blocks of headers", () => {
  it("are expanded one after the other, each building on those before", async () => {
    const header = fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(header, { maxLength: 8 }), { minLength: 1, maxLength: 6 }), async (blocks) => {
        using inflater = new HeaderInflater();
        const codec = new HeaderCodec();
        for (const block of blocks) {
          expect(await inflater.inflate(codec.encode(block))).toEqual(headerBlock(block));
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

  it("that expand without end are given up early", async () => {
    using inflater = new HeaderInflater();
    const bomb = new HeaderCodec().encodeBlock(Buffer.alloc(8_000_000));
    expect(bomb.length).toBeLessThan(16 * 1024);
    await expect(inflater.inflate(bomb)).rejects.toThrow("headers that expand without end");
  });

  it.each([
    ["noise", randomBytes(100)],
    ["a dictionary that nobody knows", Buffer.from([0x78, 0xbb, 1, 2, 3, 4, 0])],
    ["nothing", Buffer.alloc(0)],
  ])("that are %s are an error, or no headers", async (_, bytes) => {
    using inflater = new HeaderInflater();
    const expanded = inflater.inflate(bytes).then(parseHeaders);
    await expect(expanded).rejects.toMatchObject({ name: "SpdyError" });
  });

  it("nobody waits for for ever", async () => {
    const inflater = new HeaderInflater();
    const expanding = inflater.inflate(new HeaderCodec().encode([["a", "b"]]));
    inflater[Symbol.dispose]();
    await expect(expanding).rejects.toThrow("headers that nobody waits for");
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
