import type { LogCall } from "@virtual-kubelet/provider";
import { LastLines } from "./last-lines.ts";
import { LineWriter } from "./line-writer.ts";
import type { LogBatch, LogRecord } from "./log-record.ts";

export interface LogWindowOptions {
  /** How much output is kept while the last lines are looked for: 16 MiB when absent. Beyond that the oldest is left out. */
  readonly maxTailBytes?: number;
}

/** The parts of a call that make a window. */
export type WindowCall = Pick<LogCall, "follow" | "timestamps" | "since" | "tailLines" | "limitBytes" | "stream">;

export const defaultMaxTailBytes: number = 16 * 1024 * 1024;

/**
 * The part of a container's output that a call asks for, by kubelet's rules and in this order: `stream`, then the last
 * `tailLines`, then of those what is not older than `since`, then `timestamps`, then `limitBytes`.
 *
 * A call that does not follow ends where the source says `synced`, or ends. For one that follows, the last lines are those
 * before `synced`; a source that never says it has them given at its end. A line that is not finished counts as one.
 *
 * Three things are as a reader expects them, and not as kubelet's: a line that was written in parts counts as one line,
 * not as many; one that began before `since` starts with a time; and a time never stands within a line of one `stream`.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/cri-client/pkg/logs/logs.go (`ReadLogs`)
 */
export async function* logWindow(
  batches: AsyncIterable<LogBatch>,
  call: WindowCall,
  options: LogWindowOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  if (call.limitBytes === 0 || (call.tailLines === 0 && !call.follow)) return;
  const lines = new LineWriter(call);
  let last = lastLines(call, options);
  for await (const batch of batches) {
    if (batch === "synced") {
      if (!call.follow) break;
      if (last) yield lines.write(last.records());
      last = undefined;
    } else {
      const selected = select(batch, call.stream);
      if (last) for (const record of selected) last.push(record);
      else yield lines.write(selected);
    }
    if (lines.isFull) return;
  }
  if (last) yield lines.write(last.records());
}

function lastLines({ tailLines }: WindowCall, { maxTailBytes }: LogWindowOptions): LastLines | undefined {
  if (tailLines === undefined) return undefined;
  return new LastLines({ lines: tailLines, maxBytes: maxTailBytes ?? defaultMaxTailBytes });
}

function select(records: readonly LogRecord[], stream: LogCall["stream"]): readonly LogRecord[] {
  return stream ? records.filter((record) => record.stream === stream) : records;
}
