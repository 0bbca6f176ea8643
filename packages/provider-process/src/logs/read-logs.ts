import { type SeekableBytes, StoredLogWindow, findLastLines } from "@virtual-kubelet/pod-toolkit";
import type { LogCall } from "@virtual-kubelet/provider";
import { LogFiles } from "./log-files.ts";

/**
 * The output of one run, from its folder: straight from the files, so that it is there also when the supervisor is not,
 * and held open from the beginning, so that it is there also when the run is deleted before it has been read.
 * Applies the whole call but for `previous`, which is the caller's choice of folder. A call that does not follow is given
 * what was there when it was made.
 *
 * @throws {ProviderError} `NotFound` when nothing is kept of the run.
 */
export async function openLogs(folder: string, call: LogCall): Promise<AsyncGenerator<Buffer>> {
  const output = readLogs(folder, call);
  await output.next();
  return output;
}

/** Yields nothing first, as soon as the files are open and it is known where to begin. */
async function* readLogs(folder: string, call: LogCall): AsyncGenerator<Buffer> {
  await using files = await LogFiles.open(folder);
  const from = await findLastLines(abortable(files, call.signal), call);
  yield Buffer.alloc(0);
  if (call.tailLines === 0 && !call.follow) return;
  const window = new StoredLogWindow(call);
  for await (const chunk of files.chunks({ from, follow: call.follow, signal: call.signal })) {
    yield* window.push(chunk);
    if (window.isFull) return;
  }
}

function abortable(log: SeekableBytes, signal: AbortSignal): SeekableBytes {
  return {
    size: log.size,
    read(from, length) {
      signal.throwIfAborted();
      return log.read(from, length);
    },
  };
}
