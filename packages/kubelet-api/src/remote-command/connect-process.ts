import type { ByteSource, ContainerProcess, Exit } from "@virtual-kubelet/provider";
import { readBytes } from "../streaming/byte-source.ts";
import { writerOf } from "../streaming/byte-sink.ts";
import type { ByteWriter } from "../streaming/byte-sink.ts";
import { untilAborted } from "../streaming/until-aborted.ts";
import type { CommandStreams } from "./command-streams.ts";

/**
 * Connects a process to its client until it has ended and all its output is delivered. A slow client slows the process, and
 * a slow process the client. A process that no longer reads does not fail the command: the rest of its input is dropped.
 *
 * @throws what `wait` rejects with, an output stream's error, or the reason of `streams.signal` when the client is gone.
 */
export async function connectProcess(process: ContainerProcess | undefined, streams: CommandStreams): Promise<Exit> {
  if (typeof process?.wait !== "function") throw new TypeError("The provider gave no process to connect to.");
  void feed(process, streams);
  void resize(process, streams);
  const [exit] = await untilAborted(
    Promise.all([process.wait(), drain(process.stdout, streams.stdout, streams), drainStderr(process, streams)]),
    streams.signal,
  );
  if (typeof exit?.type !== "string") throw new TypeError("The provider did not tell how the command ended.");
  return exit;
}

function drainStderr(process: ContainerProcess, streams: CommandStreams): Promise<void> {
  return process.stderr ? drain(process.stderr, streams.stderr, streams) : Promise.resolve();
}

/** Reads a stream to its end, also when nobody asked for it: a process whose output is not read stands still. */
async function drain(
  source: ByteSource,
  writer: Pick<ByteWriter, "write"> | undefined,
  { signal }: CommandStreams,
): Promise<void> {
  for await (const bytes of readBytes(source, signal)) await writer?.write(bytes);
}

async function feed(process: ContainerProcess, streams: CommandStreams): Promise<void> {
  if (!process.stdin) {
    // Left at its first bytes: what nobody reads would hold the whole connection up.
    for await (const _ of streams.stdin ?? []) break;
    return;
  }
  try {
    const writer = writerOf(process.stdin);
    for await (const bytes of streams.stdin ?? []) await writer.write(bytes);
    // That a client has vanished is no end of file: a command would take half its input for the whole, a container would end.
    if (!streams.signal.aborted) await writer.end();
  } catch {
    // The process has closed its input; leaving the loop drops what the client still sends.
  }
}

async function resize(process: ContainerProcess, { sizes }: CommandStreams): Promise<void> {
  try {
    for (let size = await sizes.take(); size; size = await sizes.take()) await process.resize?.(size);
  } catch {
    // A terminal of the wrong size is no reason to end the command.
  }
}
