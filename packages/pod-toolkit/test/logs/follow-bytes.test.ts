import { ProviderError } from "@virtual-kubelet/provider";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesWindow } from "../../src/logs/bytes-window.ts";
import { type BytesPage, type BytesQuestion, followBytes } from "../../src/logs/follow-bytes.ts";

const quick = { fastMs: 0, slowMs: 0 };
const follow = { signal: new AbortController().signal, follow: true };
const bytes = (text: string): Uint8Array => Buffer.from(text);

async function given(chunks: AsyncIterable<Uint8Array | "synced">): Promise<readonly string[]> {
  const all = await Array.fromAsync(chunks);
  return all.map((chunk) => (chunk === "synced" ? chunk : Buffer.from(chunk).toString()));
}

/** Answers by turns, and remembers the offsets that were asked for. */
function pages(...answers: readonly (BytesPage | Error)[]) {
  const offsets: number[] = [];
  const left = [...answers];
  const read = ({ offset }: BytesQuestion): Promise<BytesPage> => {
    offsets.push(offset);
    const answer = left.shift() ?? new Error("Nothing more should be read");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { read, offsets };
}
const nothing = { bytes: bytes(""), isEnded: false };

describe("followBytes", () => {
  test("reads on from where it was, and says when it has caught up", async () => {
    const { read, offsets } = pages(
      { bytes: bytes("abc"), isEnded: false },
      { bytes: bytes("de"), isEnded: false },
      nothing,
      nothing,
      { bytes: bytes("f"), isEnded: true },
      { ...nothing, isEnded: true },
    );
    expect(await given(followBytes(read, follow, quick))).toEqual(["abc", "de", "synced", "f"]);
    expect(offsets).toEqual([0, 3, 5, 5, 5, 6]);
  });

  test("goes on with a log that has begun anew, or whose beginning is gone", async () => {
    const { read, offsets } = pages(
      { bytes: bytes("abc"), isEnded: false },
      nothing,
      { bytes: bytes("x"), offset: 0, isEnded: false },
      { bytes: bytes("z"), offset: 9, isEnded: false },
      { ...nothing, isEnded: true },
    );
    expect(await given(followBytes(read, follow, quick))).toEqual(["abc", "synced", "x", "z"]);
    expect(offsets).toEqual([0, 3, 3, 1, 10]);
  });

  test("does not lose its place when a read fails", async () => {
    const { read, offsets } = pages(
      { bytes: bytes("abc"), isEnded: false },
      new ProviderError("Unavailable", "no"),
      { bytes: bytes("d"), isEnded: true },
      { ...nothing, isEnded: true },
    );
    expect(await given(followBytes(read, follow, quick))).toEqual(["abc", "d", "synced"]);
    expect(offsets).toEqual([0, 3, 3, 4]);
  });

  test("makes a window of what is there now", async () => {
    const { read } = pages({ bytes: bytes("a\nb\nc\n"), isEnded: false }, nothing);
    const call = { ...follow, follow: false, timestamps: false, tailLines: 2 };
    const chunks = await Array.fromAsync(bytesWindow(followBytes(read, call, quick), call));
    expect(Buffer.concat(chunks).toString()).toBe("b\nc\n");
  });

  test("gives all of a log that grows, in whatever pieces it is read", async () => {
    const growth = fc.array(fc.record({ added: fc.string({ maxLength: 8 }), most: fc.integer({ min: 1, max: 5 }) }));
    await fc.assert(
      fc.asyncProperty(growth, async (steps) => {
        let log = "";
        let index = 0;
        const read = ({ offset }: BytesQuestion): BytesPage => {
          const { added = "", most = 5 } = steps[index++] ?? {};
          log += Buffer.from(added).toString("hex");
          return { bytes: bytes(log.slice(offset, offset + most)), isEnded: index >= steps.length };
        };
        const texts = await given(followBytes(read, follow, quick));
        expect(texts.filter((text) => text !== "synced").join("")).toBe(log);
      }),
    );
  });
});
