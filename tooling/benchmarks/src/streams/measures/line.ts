import { once } from "node:events";
import { performance } from "node:perf_hooks";
import type { Duplex, Readable, Writable } from "node:stream";

/** Something that carries bytes, whatever it goes over. */
export interface Line {
  /** To the other end. */
  readonly input: Writable;
  /** From the other end. */
  readonly output: Readable;
  /** The connection that it goes over. */
  readonly socket: Duplex;
}

const chunk = Buffer.alloc(64 * 1024);

/** How many bytes a second come, from the first on. */
export async function rateOut({ output, socket }: Line, bytes: number): Promise<number> {
  output.on("error", () => {});
  let startedAt = 0;
  let left = bytes;
  for await (const piece of output as AsyncIterable<Buffer>) {
    // What came with the first piece was under way already.
    if (startedAt === 0) startedAt = performance.now();
    else left -= piece.length;
    if (left <= 0) break;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  socket.destroy();
  if (left > 0) throw new Error(`The stream has ended ${left} bytes too early`);
  return bytes / seconds;
}

/** How many bytes a second are taken, until the other end says anything: that it has all. */
export async function rateIn({ input, output, socket }: Line, bytes: number): Promise<number> {
  input.on("error", () => {});
  const startedAt = performance.now();
  const answered = once(output, "data");
  for (let at = 0; at < bytes; at += chunk.length) if (!input.write(chunk)) await once(input, "drain");
  await answered;
  const seconds = (performance.now() - startedAt) / 1000;
  socket.destroy();
  return bytes / seconds;
}

/** How long a byte takes to the other end and back, so many times. */
export async function echoes({ input, output, socket }: Line, times: number): Promise<readonly number[]> {
  const durationsMs: number[] = [];
  for (let index = 0; index < times; index++) {
    const startedAt = performance.now();
    const answered = once(output, "data");
    input.write("x");
    await answered;
    durationsMs.push(performance.now() - startedAt);
  }
  socket.destroy();
  return durationsMs;
}
