import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogBatch, type WindowCall, logTime, logWindow, recordsFromTimestampedLines } from "../../src/index.ts";
import { piecesOf, textOf } from "./naive-window.ts";

const stamped: WindowCall = { follow: true, timestamps: true };

async function* chunks(...given: (Uint8Array | "synced")[]): AsyncGenerator<Uint8Array | "synced"> {
  yield* given;
}

describe("lines that begin with a time", () => {
  it("are the same records, in whatever pieces they come", async () => {
    const lines = [
      "no time yet",
      "2026-01-01T00:00:01Z one",
      "2026-01-01T01:00:02.5+01:00 two 2026-01-01T00:00:00Z",
      "and more of two, which is long enough to be no time at all",
      "",
      "2026-01-01T00:00:03.123456789Z",
      "2026-01-01T00:00:04.1234567891Z \u00ff\u0000",
      "2026-01-01T00:00:05Z unfinished",
    ];
    const expected = [
      "0001-01-01T00:00:00.000000000Z no time yet",
      "2026-01-01T00:00:01.000000000Z one",
      "2026-01-01T00:00:02.500000000Z two 2026-01-01T00:00:00Z",
      "2026-01-01T00:00:02.500000000Z and more of two, which is long enough to be no time at all",
      "2026-01-01T00:00:02.500000000Z ",
      "2026-01-01T00:00:03.123456789Z ",
      "2026-01-01T00:00:04.123456789Z \u00ff\u0000",
      "2026-01-01T00:00:05.000000000Z unfinished",
    ];
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (pieceSizes) => {
        const source = chunks(...piecesOf(Buffer.from(lines.join("\n"), "latin1"), pieceSizes));
        expect(await textOf(logWindow(recordsFromTimestampedLines(source), stamped))).toBe(expected.join("\n"));
      }),
      { numRuns: 300 },
    );
  });

  it("are given as far as they have come", async () => {
    const given: LogBatch[] = [];
    const source = chunks(Buffer.from("2026-01-01T00:00:01Z wait"), "synced", Buffer.from("ed\n2026"), "synced");
    for await (const batch of recordsFromTimestampedLines(source, { stream: "stderr" })) given.push(batch);
    const texts = given.map((batch) =>
      batch === "synced"
        ? batch
        : batch.map(({ text, endsLine }) => `${Buffer.from(text).toString()}${endsLine ? "|" : ""}`),
    );
    expect(texts).toEqual([["wait"], [], "synced", ["ed|"], ["2026"], "synced", []]);
    expect(given[0]).toMatchObject([{ time: "2026-01-01T00:00:01.000000000Z", stream: "stderr" }]);
  });
});

describe("the time of a log line", () => {
  it.each([
    [new Date("2026-01-01T00:00:00.5Z"), "2026-01-01T00:00:00.500000000Z"],
    ["2016-10-20T18:39:20.57606443Z", "2016-10-20T18:39:20.576064430Z"],
    ["2016-10-20T00:39:20.1+02:00", "2016-10-19T22:39:20.100000000Z"],
    ["2026-01-01", undefined],
    ["2026-13-01T00:00:00Z", undefined],
    ["", undefined],
  ])("of %s is %s", (moment, expected) => {
    expect(logTime(moment)).toBe(expected);
  });
});
