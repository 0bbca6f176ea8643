import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogRecordReader } from "../../src/logs/log-records.ts";
import { OutputLog } from "../../src/supervisor/output/output-log.ts";

function outputOf(file: Buffer, pieceBytes: number): string {
  const reader = new LogRecordReader();
  const parts: Buffer[] = [];
  for (let at = 0; at < file.length; at += pieceBytes) {
    for (const { text, endsLine } of reader.push(file.subarray(at, at + pieceBytes))) {
      parts.push(Buffer.from(text), Buffer.from(endsLine ? "\n" : ""));
    }
  }
  return Buffer.concat(parts).toString("latin1");
}

describe("log records", () => {
  test("give back every byte that a container wrote, in whatever pieces it came and is read", () => {
    const chunk = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 30 }),
      fc.constantFrom("\n", "a\n", "a\n\nb").map((text) => Buffer.from(text)),
    );
    const folder = mkdtempSync(join(tmpdir(), "vk-log-"));
    let turn = 0;
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (chunks, pieceBytes) => {
        rmSync(join(folder, "log"), { force: true });
        const log = new OutputLog(folder);
        for (const each of chunks) log.append(turn++ % 2 ? "stdout" : "stderr", Buffer.from(each));
        log.close();
        expect(outputOf(readFileSync(join(folder, "log")), pieceBytes)).toBe(Buffer.concat(chunks).toString("latin1"));
      }),
      { numRuns: 50 },
    );
    rmSync(folder, { recursive: true });
  });

  test("carry their time and say where a line ends; what is no record is skipped", () => {
    const file =
      "2026-01-01T00:00:00.000000001Z stdout P to\nnonsense\n2026-01-01T00:00:00.000000002Z stderr F gether \n";
    const records = [...new LogRecordReader().push(Buffer.from(file))].map(({ text, ...rest }) => ({
      ...rest,
      text: text.toString(),
    }));
    expect(records).toEqual([
      { time: "2026-01-01T00:00:00.000000001Z", endsLine: false, text: "to" },
      { time: "2026-01-01T00:00:00.000000002Z", endsLine: true, text: "gether " },
    ]);
  });
});
