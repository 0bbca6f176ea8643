import { ProviderError } from "@virtual-kubelet/provider";
import { parsed } from "./parsed.ts";

const quote = 0x22;
const backslash = 0x5c;
const open = 0x7b;
const close = 0x7d;
/** More than any allocation, several times over; a longer object is a server gone wrong. */
const longest = 32 * 1024 * 1024;

/**
 * The JSON objects of a stream that has one after the other, with line ends between them or without: Nomad's events have them, the
 * frames of its logs have not. What is not whole when the stream ends is left out; anything else breaks it off with `Unavailable`.
 */
export async function* jsonObjects<T>(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<T, void, undefined> {
  const cutter = new Cutter();
  for await (const chunk of chunks) {
    for (const text of cutter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)))
      yield parsed(text, "Nomad's stream") as T;
  }
}

class Cutter {
  #parts: Buffer[] = [];
  #length = 0;
  #depth = 0;
  #isText = false;
  #isEscaped = false;

  *push(chunk: Buffer): Generator<string> {
    let start = this.#depth === 0 ? -1 : 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#depth === 0 && byte !== open) refuseWords(byte);
      else if (this.#isText) this.#inText(byte);
      else if (byte === quote) this.#isText = true;
      else if (byte === open && this.#depth++ === 0) start = at;
      else if (byte === close && --this.#depth === 0) {
        yield Buffer.concat([...this.#parts, chunk.subarray(start, at + 1)]).toString();
        this.#parts = [];
        this.#length = 0;
        start = -1;
      }
    }
    if (start !== -1) this.#keep(chunk.subarray(start));
  }

  #inText(byte: number | undefined): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isText = false;
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length <= longest) return;
    throw new ProviderError("Unavailable", `an object of Nomad's stream is longer than ${longest} bytes`);
  }
}

/** Between objects there is white space only. Taken for more, an error's words would hide all that comes after them. */
function refuseWords(byte: number | undefined): void {
  if (byte === undefined || byte <= 0x20) return;
  throw new ProviderError("Unavailable", "between the objects of Nomad's stream stands what is not what Nomad streams");
}
