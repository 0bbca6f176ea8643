import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SeekableBytes, StoredLogWindow, findLastLines } from "../../src/index.ts";
import { naiveWindow, piecesOf, scene, stored } from "./naive-window.ts";

/** A file in memory that counts what is read of it. */
class CountedFile implements SeekableBytes {
  readonly #bytes: Buffer;
  bytesRead = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async read(from: number, length: number): Promise<Buffer> {
    this.bytesRead += length;
    return this.#bytes.subarray(from, from + length);
  }
}

function push(window: StoredLogWindow, bytes: Buffer, sizes: readonly number[]): string {
  // Each a copy: what is pushed is given away.
  const pieces = [...piecesOf(bytes, sizes)].flatMap((piece) => window.push(Buffer.from(piece)));
  return Buffer.concat(pieces).toString("latin1");
}

const nothing = { timestamps: false };
const time = "2026-01-01T00:00:00.000000000Z";

describe("the window of a log that is kept", () => {
  it("is what its rules say, whatever is written and in whatever pieces it is read", async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ backlog, live, call, pieceSizes }) => {
        const file = Buffer.concat(backlog.map(stored));
        const start = await findLastLines(new CountedFile(file), call);
        const window = new StoredLogWindow(call);
        const more = call.follow ? live.map(stored) : [];
        const output = push(window, Buffer.concat([file.subarray(start), ...more]), pieceSizes);
        expect(output).toBe(naiveWindow(backlog, live, call));
      }),
      { numRuns: 1000 },
    );
  });

  it("skips what is no record", () => {
    const lines = [
      `${time} stdout F a`,
      "nonsense",
      "",
      `${time} stdout X b`,
      `${time} stdxut F c`,
      `${time}  stdout F d`,
      `${time} stderr P e`,
      `${time} stdout F `,
      `${time} stdout F unfinish`,
    ];
    expect(push(new StoredLogWindow(nothing), Buffer.from(lines.join("\n")), [7])).toBe("a\ne\n");
  });

  it("takes a record of any length, at no more than the cost of its bytes", () => {
    const text = Buffer.alloc(16 * 1024 * 1024, "x");
    const file = Buffer.concat([Buffer.from(`${time} stdout F `), text, Buffer.from(`\n${time} stdout F y\n`)]);
    const output = push(new StoredLogWindow(nothing), file, [4096]);
    expect(output.length).toBe(text.length + 3);
    expect(output.endsWith("x\ny\n")).toBe(true);
  });

  it("needs only the end of a log for its last lines", async () => {
    const record = Buffer.from(`${time} stdout F ${"x".repeat(50)}\n`);
    const file = new CountedFile(Buffer.alloc(record.length * 200_000, record));
    expect(await findLastLines(file, { tailLines: 10 })).toBe(file.size - 10 * record.length);
    expect(file.bytesRead).toBeLessThanOrEqual(64 * 1024);
  });

  it("needs nothing of a log that cannot have that many lines", async () => {
    const file = new CountedFile(Buffer.alloc(10_000_000, "x"));
    expect(await findLastLines(file, { tailLines: 2 ** 31 })).toBe(0);
    expect(file.bytesRead).toBe(0);
  });

  it("finds the last lines behind records that are longer than what is read at once", async () => {
    const long = `${time} stdout F ${"x".repeat(300_000)}\n`;
    const file = Buffer.from(`${time} stdout F a\n${long}${long}${time} stdout F b\n${time} stdout F unfin`);
    const start = await findLastLines(new CountedFile(file), { tailLines: 2 });
    expect(start).toBe(45 - 3 + long.length);
    expect(await findLastLines(new CountedFile(file), { tailLines: 0 })).toBe(file.lastIndexOf(10) + 1);
  });
});
