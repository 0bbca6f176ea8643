import { Duplex, Writable } from "node:stream";
import type { ByteDuplex, ByteSink, ByteSource } from "@virtual-kubelet/provider";

/** A stream that is read as it comes, so that what it gave can be looked at before it ends. */
export class ByteReading {
  readonly ended: Promise<void>;
  readonly #chunks: Buffer[] = [];

  constructor(source: ByteSource) {
    this.ended = this.#read(source);
    this.ended.catch(() => undefined);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  async #read(source: ByteSource): Promise<void> {
    for await (const chunk of source) this.#chunks.push(Buffer.from(chunk));
  }
}

/** Writes to either kind of sink, and ends it if asked to. */
export async function writeTo(sink: ByteSink, text: string, { end }: { readonly end: boolean }): Promise<void> {
  if (sink instanceof Writable || !("getWriter" in sink)) {
    if (end) sink.end(text);
    else sink.write(text);
    return;
  }
  const writer = sink.getWriter();
  await writer.write(Buffer.from(text));
  if (end) await writer.close();
  else writer.releaseLock();
}

/** Both halves of a connection, whichever way it came. */
export function halvesOf(connection: ByteDuplex): { readonly readable: ByteSource; readonly writable: ByteSink } {
  return connection instanceof Duplex ? { readable: connection, writable: connection } : connection;
}
