import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { text } from "node:stream/consumers";
import { constants, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { headerDictionary } from "../../src/spdy/dictionary.ts";
import {
  type Frame,
  FrameReader,
  controlFrame,
  dataFrame,
  endOfStream,
  frameTypes,
  uint32,
} from "../../src/spdy/frames.ts";
import { SpdyConnection } from "../../src/spdy/spdy-connection.ts";

/** The frames that come, one after the other. */
async function* framesOf(peer: Duplex): AsyncGenerator<Frame> {
  const reader = new FrameReader();
  for await (const bytes of peer as AsyncIterable<Buffer>) yield* reader.read(bytes);
}

function connected(): {
  readonly connection: SpdyConnection;
  readonly peer: Duplex;
  readonly frames: AsyncGenerator<Frame>;
} {
  const [client, peer] = duplexPair();
  return { connection: new SpdyConnection(client, Buffer.alloc(0)), peer, frames: framesOf(peer) };
}

test("a stream is opened by its headers, carries both ways, and each half ends by itself", async () => {
  const { connection, peer, frames } = connected();
  const stream = connection.open({ streamtype: "stdin" });
  const { value: opened } = await frames.next();
  expect(opened).toMatchObject({ type: frameTypes.synStream, streamId: 1 });
  const block = inflateSync((opened as Frame).payload.subarray(10), {
    dictionary: headerDictionary,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  expect(block.toString("latin1")).toBe("\0\0\0\u0001\0\0\0\nstreamtype\0\0\0\u0005stdin");
  stream.end("there");
  expect((await frames.next()).value).toMatchObject({ type: undefined, streamId: 1, payload: Buffer.from("there") });
  expect((await frames.next()).value).toMatchObject({ streamId: 1, flags: endOfStream });
  peer.write(dataFrame(1, Buffer.from("and back"), endOfStream));
  expect(await text(stream)).toBe("and back");
});

test("frames that come in pieces are whole, a ping is given back, and a reset ends one stream", async () => {
  const { connection, peer, frames } = connected();
  const [first, second] = [connection.open({ a: "1" }), connection.open({ a: "2" })];
  await frames.next();
  await frames.next();
  const bytes = Buffer.concat([
    controlFrame(frameTypes.ping, uint32(2)),
    controlFrame(frameTypes.rstStream, uint32(1, 5)),
    dataFrame(3, Buffer.from("lives"), endOfStream),
  ]);
  const failed = once(first, "error");
  for (const byte of bytes) peer.write(Buffer.from([byte]));
  expect((await frames.next()).value).toMatchObject({ type: frameTypes.ping, payload: uint32(2) });
  expect(await failed).toEqual([new Error("The server has reset the stream with status 5")]);
  expect(await text(second)).toBe("lives");
});
