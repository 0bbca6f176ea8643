import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogBatch, type LogRecord, type WindowCall, logWindow } from "../../src/index.ts";
import { naiveWindow, piecesOf, scene, textOf } from "./naive-window.ts";

const all: WindowCall = { follow: false, timestamps: false };

function line(second: number, text: string, rest: Partial<LogRecord> = {}): LogRecord {
  const time = `2026-01-01T00:00:0${second}.000000000Z`;
  return { time, stream: "stdout", endsLine: true, text: Buffer.from(text), ...rest };
}

async function* batches(...given: LogBatch[]): AsyncGenerator<LogBatch> {
  yield* given;
}

describe("the window of a log", () => {
  it("is what its rules say, whatever is written and in whatever batches it comes", async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ backlog, live, call, pieceSizes }) => {
        const source = batches(...piecesOf(backlog, pieceSizes), "synced", ...piecesOf(live, pieceSizes));
        expect(await textOf(logWindow(source, call))).toBe(naiveWindow(backlog, live, call));
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, Partial<WindowCall>, readonly LogRecord[], string]>([
    [
      "the last lines first, and of those what is new enough",
      { tailLines: 2, since: new Date("2026-01-01T00:00:03Z") },
      [line(5, "late"), line(1, "a"), line(3, "b")],
      "b\n",
    ],
    ["a line of the very moment", { since: new Date("2026-01-01T00:00:03Z") }, [line(3, "now")], "now\n"],
    [
      "a line in parts as one line",
      { tailLines: 1 },
      [line(1, "a"), line(2, "b", { endsLine: false }), line(2, "c")],
      "bc\n",
    ],
    ["a line that is not finished as one", { tailLines: 1 }, [line(1, "a"), line(2, "b", { endsLine: false })], "b"],
    [
      "one time for a line in parts",
      { timestamps: true },
      [line(1, "a", { endsLine: false }), line(2, "b")],
      "2026-01-01T00:00:01.000000000Z ab\n",
    ],
    [
      "a time also for a line whose beginning is too old",
      { timestamps: true, since: new Date("2026-01-01T00:00:02Z") },
      [line(1, "a", { endsLine: false }), line(2, "b")],
      "2026-01-01T00:00:02.000000000Z b\n",
    ],
    [
      "no time within a line of one stream",
      { timestamps: true, stream: "stdout" },
      [line(1, "a", { endsLine: false }), line(1, "err", { stream: "stderr" }), line(2, "b")],
      "2026-01-01T00:00:01.000000000Z ab\n",
    ],
    [
      "times among the bytes that count",
      { timestamps: true, limitBytes: 32 },
      [line(1, "abc")],
      "2026-01-01T00:00:01.000000000Z a",
    ],
    [
      "the last lines of one stream",
      { tailLines: 1, stream: "stderr" },
      [line(1, "a", { stream: "stderr" }), line(2, "b")],
      "a\n",
    ],
    ["nothing of no lines", { tailLines: 0 }, [line(1, "a")], ""],
  ])("has %s", async (...[, call, records, expected]) => {
    expect(await textOf(logWindow(batches(records), { ...all, ...call }))).toBe(expected);
  });

  it("has no lines of before, and all of after, for who follows with none", async () => {
    const source = batches([line(1, "a"), line(2, "b", { endsLine: false })], "synced", [line(3, "c")]);
    expect(await textOf(logWindow(source, { ...all, follow: true, tailLines: 0 }))).toBe("c\n");
  });

  it("gives the last lines as soon as all of before is there, and asks for no more than is needed", async () => {
    let asked = 0;
    const source = (async function* (): AsyncGenerator<LogBatch> {
      yield [line(1, "a"), line(2, "b")];
      yield "synced";
      asked++;
      yield [line(3, "c")];
      asked++;
    })();
    const given = logWindow(source, { ...all, follow: true, tailLines: 1, limitBytes: 3 });
    expect(String((await given.next()).value)).toBe("b\n");
    expect(asked).toBe(0);
    expect(String((await given.next()).value)).toBe("c");
    expect((await given.next()).done).toBe(true);
    expect(asked).toBe(1);
  });

  it("keeps no more than it may while it looks for the last lines, and gives the newest", async () => {
    const mebibyte = 1024 * 1024;
    const held: number[] = [];
    const source = (async function* (): AsyncGenerator<LogBatch> {
      for (let index = 0; index < 200; index++) {
        yield [line(1, "", { endsLine: index % 20 === 19, text: Buffer.alloc(mebibyte, 0x61 + (index % 20)) })];
        if (index % 20 === 10) held.push(heldBytes());
      }
    })();
    const before = heldBytes();
    const text = await textOf(logWindow(source, { ...all, tailLines: 2 ** 31 }, { maxTailBytes: 4.5 * mebibyte }));
    expect(text).toBe(["q", "r", "s", "t"].map((letter) => letter.repeat(mebibyte)).join("") + "\n");
    expect(Math.max(...held) - before).toBeLessThan(8 * mebibyte);
  });

  it("does not keep a large piece alive for a small line of it", async () => {
    const held: number[] = [];
    const source = (async function* (): AsyncGenerator<LogBatch> {
      for (let index = 0; index < 100; index++)
        yield [line(1, "", { text: new Uint8Array(new ArrayBuffer(1024 * 1024), 0, 2).fill(0x61) })];
      held.push(heldBytes());
    })();
    const before = heldBytes();
    expect((await textOf(logWindow(source, { ...all, tailLines: 100 }))).length).toBe(300);
    expect(Math.max(...held) - before).toBeLessThan(8 * 1024 * 1024);
  });
});

/** What is in use outside the heap, without what is only waiting to be collected. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  // What the first has found is given back beside us; the second waits for that.
  collect();
  return process.memoryUsage().arrayBuffers;
}
