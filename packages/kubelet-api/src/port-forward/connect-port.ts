import type { Duplex } from "node:stream";
import type { ByteDuplex, ByteSink, ByteSource } from "@virtual-kubelet/provider";
import { writerOf } from "../streaming/byte-sink.ts";
import type { ByteWriter } from "../streaming/byte-sink.ts";
import { readBytes } from "../streaming/byte-source.ts";
import { untilAborted } from "../streaming/until-aborted.ts";
import type { PortStream } from "./port-stream.ts";

/**
 * Carries bytes between a client and a connection to a port, at the pace of the slower one, until both have said that
 * nothing follows. Each may go on when the other has ended. However it ends, the connection to the port is closed.
 *
 * @throws what the connection to the port fails of, or the signal's reason at once when that aborts.
 */
export async function connectPort(
  target: ByteDuplex | undefined,
  client: PortStream,
  signal: AbortSignal,
): Promise<void> {
  const { output, writer } = openPort(target, signal);
  try {
    await untilAborted(Promise.all([feed(client, writer), drain(output, client)]), signal);
  } finally {
    writer.destroy();
  }
}

interface OpenPort {
  readonly output: AsyncIterable<Uint8Array>;
  readonly writer: ByteWriter;
}

function openPort(target: ByteDuplex | undefined, signal: AbortSignal): OpenPort {
  try {
    const { readable, writable } = endsOf(target);
    return { output: readBytes(readable, signal), writer: writerOf(writable) };
  } catch (error) {
    discardPort(target);
    throw error;
  }
}

/** Closes a connection to a port that nobody uses. Its errors are nobody's. */
export function discardPort(target: ByteDuplex | undefined): void {
  try {
    const { readable, writable } = endsOf(target);
    void readBytes(readable, AbortSignal.abort())
      .next()
      .catch(() => {});
    writerOf(writable).destroy();
  } catch {
    // It was none.
  }
}

/** Resolves when the target has all that the client sends, or takes no more; the rest is dropped then. */
async function feed({ input }: PortStream, writer: ByteWriter): Promise<void> {
  let open = true;
  const send = async (): Promise<void> => {
    for await (const bytes of input) if (open) await writer.write(bytes).catch(() => (open = false));
    await writer.end();
  };
  await Promise.race([send().catch(() => {}), writer.closed]);
  open = false;
}

async function drain(output: AsyncIterable<Uint8Array>, client: PortStream): Promise<void> {
  for await (const bytes of output) await client.write(bytes);
  client.end();
}

function endsOf(target: ByteDuplex | undefined): { readonly readable: ByteSource; readonly writable: ByteSink } {
  if (isDuplex(target)) return { readable: outputOf(target), writable: target };
  if (typeof target?.readable !== "object") throw new TypeError("The provider gave no connection to the port.");
  return target;
}

function isDuplex(target: ByteDuplex | undefined): target is Duplex {
  return typeof (target as Partial<Duplex> | undefined)?.pipe === "function";
}

/** A Duplex whose output ends still takes input; read the usual way, it would be destroyed then. */
function outputOf(duplex: Duplex): ByteSource {
  return { [Symbol.asyncIterator]: () => duplex.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array> };
}
