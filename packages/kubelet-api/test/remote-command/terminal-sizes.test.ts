import { array, assert, integer, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { LatestSize } from "../../src/remote-command/latest-size.ts";
import { TerminalSizeReader } from "../../src/remote-command/terminal-sizes.ts";

describe("the sizes of a terminal", () => {
  it("are read wherever the stream is cut", () => {
    const extent = integer({ min: 1, max: 65_535 });
    assert(
      property(array(record({ columns: extent, rows: extent })), nat(200), (sizes, cut) => {
        const stream = Buffer.from(
          sizes.map(({ columns, rows }) => `{"Width":${columns},"Height":${rows}}`).join("\n"),
        );
        const reader = new TerminalSizeReader();
        expect([...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))]).toEqual(sizes);
      }),
    );
  });

  it.each([
    "",
    "nonsense",
    "{}",
    '{"Width":0,"Height":5}',
    '{"Width":70000,"Height":5}',
    '{"Width":"5","Height":5}',
    '{"Width":1.5,"Height":5}',
    "{x}",
    "{".repeat(5000),
  ])("pass over %j", (text) => {
    const reader = new TerminalSizeReader();
    expect(reader.push(Buffer.from(text))).toEqual([]);
    reader.push(Buffer.from("}"));
    expect(reader.push(Buffer.from('{"Width":2,"Height":1}'))).toEqual([{ columns: 2, rows: 1 }]);
  });

  it("overtake one another while nobody reads them", async () => {
    const sizes = new LatestSize();
    for (let columns = 1; columns <= 1000; columns++) sizes.set({ columns, rows: 1 });
    expect(await sizes.take()).toEqual({ columns: 1000, rows: 1 });
    expect(await sizes.take(1)).toBeUndefined();
    sizes.end();
    expect(await sizes.take()).toBeUndefined();
  });
});
