/*
 * How output is best kept by a provider that keeps it itself: the CRI's log format, with times as `logTime` gives them, so
 * that all that stands before the text has a fixed length.
 *
 *   2026-01-02T03:04:05.678901234Z stdout F a line
 *   2026-01-02T03:04:05.678901234Z stderr P the beginning of a line
 */
import type { LogRecord } from "./log-record.ts";

export const timeBytes = 30;
/** `<time> <stream> <F or P> ` */
export const headBytes: number = timeBytes + 10;

const space = 32;
const z = 0x5a;
const dot = 0x2e;
const full = 0x46;
const partial = 0x50;
/** Where `stdout` and `stderr` differ. */
const streamAt = timeBytes + 4;
const tagAt = timeBytes + 8;

/** The letters by which a record's stream is told. */
export const streamLetters: Readonly<Record<LogRecord["stream"], number>> = { stdout: 0x6f, stderr: 0x65 };

/** Whether the bytes between two positions are a record. */
export function isRecord(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < headBytes || bytes[start + timeBytes] !== space || bytes[start + tagAt - 1] !== space) return false;
  const tag = bytes[start + tagAt];
  const letter = streamLetterOf(bytes, start);
  return (
    (tag === full || tag === partial) &&
    bytes[start + tagAt + 1] === space &&
    bytes[start + timeBytes - 1] === z &&
    bytes[start + 19] === dot &&
    (letter === streamLetters.stdout || letter === streamLetters.stderr)
  );
}

export function endsLine(bytes: Uint8Array, start: number): boolean {
  return bytes[start + tagAt] === full;
}

export function streamLetterOf(bytes: Uint8Array, start: number): number {
  return bytes[start + streamAt] ?? 0;
}
