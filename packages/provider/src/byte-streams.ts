import type { Duplex, Writable } from "node:stream";

/**
 * Bytes out: a Node.js `Readable`, a web `ReadableStream`, or an `async function*`. A string is its UTF-8 bytes. A chunk is its
 * reader's for good: its memory is not written to again.
 */
export type ByteSource = AsyncIterable<Uint8Array | string>;

/** Bytes in: a Node.js `Writable` or a web `WritableStream`. */
export type ByteSink = Writable | WritableStream<Uint8Array>;

/** Both ways: a Node.js `Duplex`, a socket say, or one of each of the above. */
export type ByteDuplex = Duplex | { readonly readable: ByteSource; readonly writable: ByteSink };
