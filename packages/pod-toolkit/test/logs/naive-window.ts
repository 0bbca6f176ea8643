import fc from "fast-check";
import type { LogRecord, WindowCall } from "../../src/index.ts";
import { logTime } from "../../src/index.ts";

/** The window as its rules are said, with everything in memory. */
export function naiveWindow(backlog: readonly LogRecord[], live: readonly LogRecord[], call: WindowCall): string {
  const { follow, tailLines, limitBytes = Number.POSITIVE_INFINITY } = call;
  const kept = lastLinesOf(backlog.filter(isOf(call)), tailLines);
  const asked = [...kept, ...(follow ? live.filter(isOf(call)) : [])];
  const since = call.since ? call.since.getTime() : Number.NEGATIVE_INFINITY;
  let output = "";
  let startsLine = true;
  for (const { time, text, endsLine } of asked.filter((record) => Date.parse(record.time) >= since)) {
    output += (startsLine && call.timestamps ? `${time} ` : "") + Buffer.from(text).toString("latin1");
    output += endsLine ? "\n" : "";
    startsLine = endsLine;
  }
  return output.slice(0, limitBytes);
}

function isOf({ stream }: WindowCall): (record: LogRecord) => boolean {
  return (record) => stream === undefined || record.stream === stream;
}

function lastLinesOf(records: readonly LogRecord[], lines = Number.POSITIVE_INFINITY): readonly LogRecord[] {
  const grouped: LogRecord[][] = [];
  let isOpen = false;
  for (const record of records) {
    if (isOpen) grouped.at(-1)?.push(record);
    else grouped.push([record]);
    isOpen = !record.endsLine;
  }
  return grouped.slice(Math.max(0, grouped.length - lines)).flat();
}

export interface Scene {
  readonly backlog: readonly LogRecord[];
  readonly live: readonly LogRecord[];
  readonly call: WindowCall;
  /** In what pieces it comes. */
  readonly pieceSizes: readonly number[];
}

const start = Date.parse("2026-01-01T00:00:00Z");
const moment = fc.integer({ min: 0, max: 20 }).map((seconds) => new Date(start + seconds * 1000));

const record: fc.Arbitrary<LogRecord> = fc.record({
  time: moment.map((time) => logTime(time) ?? ""),
  stream: fc.constantFrom("stdout" as const, "stderr" as const),
  endsLine: fc.boolean(),
  text: fc.oneof(
    fc.constantFrom(new Uint8Array(0), Buffer.from("a "), Buffer.alloc(90, "x"), Buffer.alloc(200, "y")),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => bytes.filter((byte) => byte !== 10)),
  ),
});

const call: fc.Arbitrary<WindowCall> = fc.record(
  {
    follow: fc.boolean(),
    timestamps: fc.boolean(),
    since: moment,
    tailLines: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.constant(2 ** 31)),
    limitBytes: fc.integer({ min: 0, max: 600 }),
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
  },
  { requiredKeys: ["follow", "timestamps"] },
);

export const scene: fc.Arbitrary<Scene> = fc.record({
  backlog: fc.array(record, { maxLength: 20 }),
  live: fc.array(record, { maxLength: 8 }),
  call,
  pieceSizes: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 }),
});

/** A record as it is kept in a file. */
export function stored({ time, stream, endsLine, text }: LogRecord): Buffer {
  return Buffer.concat([Buffer.from(`${time} ${stream} ${endsLine ? "F" : "P"} `), text, Buffer.from("\n")]);
}

/** Cuts something into pieces, of each of these sizes in turn, over and over. */
export function* piecesOf<T extends { readonly length: number; slice(from: number, to: number): T }>(
  whole: T,
  sizes: readonly number[],
): Generator<T> {
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield whole.slice(at, at + size);
    at += size;
  }
}

export async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}
