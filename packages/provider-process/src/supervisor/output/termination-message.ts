import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { runFiles } from "../../state-directory.ts";

/** @see https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/container/runtime.go (`MaxContainerTerminationMessage…`) */
const longestMessageBytes = 4096;
const longestFromLogsBytes = 2048;
const mostLinesFromLogs = 80;

/** How much of the end of a log is looked at. */
const tailBytes = 256 * 1024;

/** The last words of a container: what it has written for that, or the last of its output; `undefined`: there are none. */
export function terminationMessage(folder: string, fromLogs: boolean): string | undefined {
  const written = endOfFile(join(folder, runFiles.view, runFiles.terminationMessage), longestMessageBytes)?.toString();
  if (written || !fromLogs) return written || undefined;
  return endOfOutput(endOfFile(join(folder, runFiles.log), tailBytes) ?? Buffer.alloc(0)) || undefined;
}

/** The text of the last lines of a log, of both streams. */
function endOfOutput(log: Buffer): string {
  // Where the beginning is cut off, there is half a line; what it is of is longer than a message anyway.
  const records = log
    .toString("latin1")
    .split("\n")
    .slice(log.length === tailBytes ? 1 : 0, -1);
  const text = records.map((record) => textOf(record)).join("");
  const lines = text.split(/(?<=\n)/).slice(-mostLinesFromLogs);
  return Buffer.from(lines.join(""), "latin1").subarray(-longestFromLogsBytes).toString();
}

/** `<time> <stream> <F or P> <text>`, where P says that the line goes on. */
function textOf(record: string): string {
  const [, kind = "F", text = ""] = /^\S+ \S+ ([FP]) ?([^]*)$/.exec(record) ?? [];
  return kind === "F" ? `${text}\n` : text;
}

function endOfFile(path: string, bytes: number): Buffer | undefined {
  try {
    // A container of this user can put anything in its place, which must not hold up all others: a pipe that nobody writes to.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return undefined;
      const { size } = stat;
      const end = Buffer.alloc(Math.min(size, bytes));
      return end.subarray(0, readSync(file, end, 0, end.length, Math.max(0, size - bytes)));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
