import fc from "fast-check";
import { expect, test } from "vitest";
import { splitLines } from "../../src/watch/split-lines.ts";

async function linesOf(chunks: readonly Uint8Array[], maxBytes = 1000): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(each(chunks), { maxBytes })) lines.push(Buffer.from(line).toString());
  return lines;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

test("however the bytes are cut into chunks, the lines are the same", async () => {
  const character = fc.constantFrom("a", "{", "\r", "\u0000", "ä", "€", "😀");
  const text = fc.array(fc.string({ unit: character, maxLength: 20 })).map((lines) => lines.join("\n"));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(40)), async (whole, sizes) => {
      const bytes = Buffer.from(whole);
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)));
      chunks.push(bytes.subarray(at));
      expect(await linesOf(chunks, 1e6)).toEqual(
        bytes
          .toString()
          .split("\n")
          .filter((line) => line !== ""),
      );
    }),
  );
});

test("a line without end is given up", async () => {
  await expect(linesOf(Array.from({ length: 11 }, () => Buffer.alloc(100, "x")))).rejects.toThrow(
    "longer than 1000 bytes",
  );
});
