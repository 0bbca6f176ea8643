import { type LogCall, ProviderError } from "@virtual-kubelet/provider";
import type { LogBatch, LogRecord } from "./log-record.ts";
import { type LogWindowOptions, type WindowCall, logWindow } from "./log-window.ts";

const newline = 10;

/**
 * As `logWindow`, for a backend that gives bare output: bytes in any pieces, and `synced` once all that was there has been
 * given. It knows no times and no streams, and a call that needs them is refused at once. A provider that has chosen the
 * stream itself leaves it out of the call.
 *
 * @throws {ProviderError} `Unsupported` when the call has `since`, `timestamps` or `stream`.
 */
export function bytesWindow(
  chunks: AsyncIterable<Uint8Array | "synced">,
  call: WindowCall,
  options: LogWindowOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const refused = refusal(call);
  if (refused) throw new ProviderError("Unsupported", refused);
  if (call.tailLines !== undefined) return logWindow(recordsFromBytes(chunks), call, options);
  return firstBytes(chunks, call);
}

function refusal({ since, timestamps, stream }: WindowCall): string | undefined {
  const keeps = "This container's output is kept without";
  if (timestamps) return `${keeps} times: ask for it without --timestamps.`;
  if (since) return `${keeps} times: ask for it without --since and --since-time, by --tail for example.`;
  if (stream) return `${keeps} a mark of where it was written: ask for both streams.`;
  return undefined;
}

async function* firstBytes(
  chunks: AsyncIterable<Uint8Array | "synced">,
  { follow, limitBytes = Number.POSITIVE_INFINITY }: Pick<LogCall, "follow" | "limitBytes">,
): AsyncGenerator<Uint8Array, void, undefined> {
  let remaining = limitBytes;
  if (remaining <= 0) return;
  for await (const chunk of chunks) {
    if (chunk === "synced") {
      if (!follow) return;
      continue;
    }
    yield chunk.length > remaining ? chunk.subarray(0, remaining) : chunk;
    remaining -= chunk.length;
    if (remaining <= 0) return;
  }
}

async function* recordsFromBytes(chunks: AsyncIterable<Uint8Array | "synced">): AsyncGenerator<LogBatch> {
  for await (const chunk of chunks) yield chunk === "synced" ? chunk : cut(chunk);
}

function cut(chunk: Uint8Array): readonly LogRecord[] {
  const records: LogRecord[] = [];
  const of = (text: Uint8Array, endsLine: boolean): LogRecord => ({ time: "", stream: "stdout", endsLine, text });
  let start = 0;
  for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
    records.push(of(chunk.subarray(start, end), true));
    start = end + 1;
  }
  if (start < chunk.length) records.push(of(chunk.subarray(start), false));
  return records;
}
