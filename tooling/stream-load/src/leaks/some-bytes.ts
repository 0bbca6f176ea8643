import { once } from "node:events";
import type { Duplex, Readable, Writable } from "node:stream";

export interface Streams {
  readonly stdin?: Writable;
  readonly stdout?: Readable;
}

const soMany = 3;

/** Takes the first that come of a stream. It flows on, as streams that share a connection wait for each other. */
export async function someOf(stream: Readable | undefined, chunks: number = soMany): Promise<void> {
  if (!stream) return;
  stream.on("error", () => {});
  for (let index = 0; index < chunks; index++)
    await Promise.race([once(stream, "data"), once(stream, "end"), once(stream, "close")]);
}

/** As much as goes without waiting, and a little more. */
export async function someTo(stream: Writable | undefined): Promise<void> {
  if (!stream) return;
  stream.on("error", () => {});
  const chunk = Buffer.alloc(64 * 1024);
  for (let index = 0; index < soMany; index++) stream.write(chunk);
  await new Promise((resolve) => setImmediate(resolve));
}

export async function gone(socket: Duplex): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}
