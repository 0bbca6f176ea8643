import { KubernetesError } from "../client/kubernetes-error.ts";

/** More than any object that etcd can hold, several times over; a longer line is no event but a server gone wrong. */
const maxLineBytes = 32 * 1024 * 1024;
const newline = 0x0a;

/**
 * The lines of a stream of bytes, without their ends; empty lines are left out. Lines stay bytes until they are whole, so a
 * character may be split between two chunks. What follows the last newline is a line too: whether it is whole is for
 * the reader to see.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  limit: { readonly maxBytes: number } = { maxBytes: maxLineBytes },
): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = joined(parts, chunk.subarray(start, end));
      if (line.length > 0) yield line;
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > limit.maxBytes) {
      throw new KubernetesError("InvalidResponse", `a line of a watch is longer than ${limit.maxBytes} bytes`);
    }
  }
  if (length > 0) yield joined(parts, new Uint8Array());
}

function joined(parts: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}
