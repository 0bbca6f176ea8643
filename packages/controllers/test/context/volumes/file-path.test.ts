import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filePath } from "../../../src/context/volumes/file-path.ts";

describe("the path of a file in its volume", () => {
  test.each([
    ["a", "a"],
    ["a/b", "a/b"],
    ["./a//b/./c/", "a/b/c"],
    ["..a/b", undefined],
    ["./..a", undefined],
    ["a/..b", "a/..b"],
    [".a", ".a"],
    ["", undefined],
    [".", undefined],
    ["/a", undefined],
    ["..", undefined],
    ["a/../b", undefined],
    ["..data", undefined],
    ["a\0b", undefined],
    ["ü".repeat(128), undefined],
    ["ü".repeat(127), "ü".repeat(127)],
    ["a/".repeat(2049), undefined],
  ])("%j is %j", (path, expected) => {
    if (expected === undefined) expect(() => filePath(path)).toThrow(expect.objectContaining({ code: "InvalidInput" }));
    else expect(filePath(path)).toBe(expected);
  });

  const part = fc.oneof(fc.constantFrom("", ".", "..", "..data", "a", "\0", "~", "\\", "%2e%2e"), fc.string());
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join("/"));

  test("is inside of the volume, clean, and no name that replaces the volume, whatever is asked for", () => {
    fc.assert(
      fc.property(path, (asked) => {
        let got: string;
        try {
          got = filePath(asked);
        } catch (error) {
          expect(error).toMatchObject({ code: "InvalidInput" });
          return;
        }
        const parts = got.split("/");
        expect(parts.every((each) => each !== "" && each !== "." && each !== "..")).toBe(true);
        expect(got.startsWith("..")).toBe(false);
        expect(posix.resolve("/volume", got).startsWith("/volume/")).toBe(true);
        expect(posix.normalize(asked).replace(/\/$/, "")).toBe(got);
        expect(filePath(got)).toBe(got);
      }),
      { numRuns: 500 },
    );
  });
});
