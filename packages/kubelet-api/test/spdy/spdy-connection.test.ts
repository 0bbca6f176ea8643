import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { Duplex, duplexPair } from "node:stream";
import { describe, expect, it } from "vitest";
import { SpdyConnection } from "../../src/spdy/spdy-connection.ts";
import type { SpdyStream } from "../../src/spdy/spdy-stream.ts";
import { eventually } from "../kubelet.ts";
import { SpdyClient } from "../spdy-client.ts";
import { controlFrame, dataFrame, frameTypes, words } from "../spdy-frames.ts";

const timeouts = { providerMs: 1000, idleMs: 60_000, creationMs: 1000, pingMs: 60_000 };

interface Pair extends Disposable {
  readonly connection: SpdyConnection;
  readonly client: SpdyClient;
  /** The streams in the order in which they were opened, each accepted. */
  next(): Promise<SpdyStream>;
}

function connected(
  options: Partial<ConstructorParameters<typeof SpdyConnection>[1]> = {},
  [ours, theirs]: readonly [Duplex, Duplex] = duplexPair(),
): Pair {
  const connection = new SpdyConnection(ours, { controller: new AbortController(), timeouts, ...options });
  const client = new SpdyClient(theirs);
  const reader = connection.streams.getReader();
  return {
    connection,
    client,
    next: async () => {
      const { value } = await reader.read();
      if (!value) throw new Error("There is no further stream.");
      value.accept();
      return value;
    },
    [Symbol.dispose]: () => connection.destroy(new Error("The test is over.")),
  };
}

/** With what the system holds between the two ends. */
async function connectedByTcp(): Promise<Pair> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const theirs = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [ours] = (await once(server, "connection")) as [Socket];
  server.close();
  return connected({}, [ours, theirs]);
}

describe("a connection", () => {
  it("answers a question with the same, and takes answers to its own in silence", async () => {
    using pair = connected();
    await pair.client.ping(7);
    await pair.client.ping(8);
    await pair.client.ping(9);
    await eventually(() => pair.client.control.length >= 2);
    expect(pair.client.control.map(({ payload }) => payload.readUInt32BE(0))).toEqual([7, 9]);
  });

  it("gives a stream with its headers, carries both ways, and ends each way by itself", async () => {
    using pair = connected();
    const theirs = pair.client.stream({ streamtype: "data", port: "80" });
    const ours = await pair.next();
    expect([...ours.headers]).toEqual([
      ["streamtype", "data"],
      ["port", "80"],
    ]);
    await theirs.reply;
    await theirs.write("question");
    theirs.end();
    expect(Buffer.concat(await Array.fromAsync(ours.input)).toString()).toBe("question");
    await ours.write(Buffer.from("answer"));
    ours.end();
    expect([await theirs.ended, theirs.text()]).toEqual(["fin", "answer"]);
    expect(ours.signal.aborted).toBe(false);
  });

  it("tells a stream that the client has reset it, and drops what came", async () => {
    using pair = connected();
    const theirs = pair.client.stream({ streamtype: "data" });
    const ours = await pair.next();
    theirs.reset();
    await eventually(() => ours.signal.aborted);
    expect(await Array.fromAsync(ours.input)).toEqual([]);
    await expect(ours.write(Buffer.from("x"))).rejects.toThrow("The client has reset the stream");
  });

  it("passes over what comes for a stream that it has reset", async () => {
    using pair = connected();
    const theirs = pair.client.stream({ streamtype: "data" });
    (await pair.next()).reset();
    expect(await theirs.ended).toBe("reset 5");
    await theirs.write("late");
    await pair.client.ping(1);
    await eventually(() => pair.client.control.some(({ kind }) => kind === frameTypes.ping));
  });

  it("refuses streams beyond its number, until others have ended", async () => {
    using pair = connected({ mostStreams: 2 });
    const first = pair.client.stream({ number: "1" });
    pair.client.stream({ number: "2" });
    expect(await pair.client.stream({ number: "3" }).ended).toBe("reset 3");
    first.reset();
    pair.client.stream({ number: "4" });
    const numbers = [await pair.next(), await pair.next(), await pair.next()].map(({ headers }) =>
      headers.get("number"),
    );
    expect(numbers).toEqual(["1", "2", "4"]);
  });

  it("stops reading while a stream has no reader, and goes on when the stream is left", async () => {
    using pair = connected();
    const slow = pair.client.stream({ streamtype: "data" });
    const ours = await pair.next();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 20e6; sent += 65_536) await slow.write(Buffer.alloc(65_536));
    })();
    await eventually(() => sent >= 256 * 1024);
    expect(sent).toBeLessThan(2e6);
    ours.reset();
    await sending;
    await pair.client.ping(1);
    await eventually(() => pair.client.control.some(({ kind }) => kind === frameTypes.ping));
  });

  it("reads on in the midst of a long piece of many small frames, holding nobody else up", async () => {
    using pair = connected();
    const { id } = pair.client.stream({});
    const stream = await pair.next();
    const count = 100_000;
    const frame = dataFrame(id, 0, Buffer.from("x"));
    // As a message of a WebSocket comes.
    pair.client.socket.write(Buffer.alloc(count * frame.length, frame));
    let [longestMs, last] = [0, performance.now()];
    const watch = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    let read = 0;
    for await (const bytes of stream.input) {
      read += bytes.length;
      if (read === count) break;
      // What is written is taken in turns of the event loop.
      if (read % 1000 === 0) await new Promise(setImmediate);
    }
    clearInterval(watch);
    expect(longestMs).toBeLessThan(500);
  });

  it("ends at once when the client had gone before", async () => {
    const [ours, theirs] = duplexPair();
    theirs.end();
    ours.resume();
    await once(ours, "end");
    using pair = connected({}, [ours, theirs]);
    await pair.connection.closed;
    expect(pair.connection.signal.aborted).toBe(true);
  });

  it("keeps little of each when many streams have no reader", async () => {
    using pair = connected();
    const many = Array.from({ length: 500 }, (_, number) => pair.client.stream({ number: String(number) }));
    for (const _ of many) await pair.next();
    let sent = 0;
    const sending = (async () => {
      for (let round = 0; round < 40; round++) {
        for (const stream of many) {
          await stream.write(Buffer.alloc(4096));
          sent += 4096;
        }
      }
    })();
    sending.catch(() => {});
    await eventually(() => sent > 2e6);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toBeLessThan(6e6);
  });

  it("has a writer wait for a slow client, and frees it when the client goes", async () => {
    using pair = connected();
    pair.client.stream({ streamtype: "data" });
    const ours = await pair.next();
    pair.client.socket.pause();
    let written = 0;
    const writing = (async () => {
      for (; written < 20e6; written += 65_536) await ours.write(Buffer.alloc(65_536));
    })();
    writing.catch(() => {});
    await eventually(() => written > 128 * 1024);
    expect(written).toBeLessThan(2e6);
    pair.connection.destroy(new Error("The client is gone."));
    await expect(writing).rejects.toThrow("The client is gone.");
  });

  it("keeps as little for a slow client when many streams write to it as when one does, and all of it in order", async () => {
    const ends = duplexPair();
    using pair = connected({}, ends);
    const theirs = Array.from({ length: 100 }, () => pair.client.stream({ streamtype: "data" }));
    const ours = await Promise.all(theirs.map(() => pair.next()));
    await Promise.all(theirs.map(({ reply }) => reply));
    pair.client.socket.pause();
    const writing = ours.map(async (stream) => {
      for (let number = 0; number < 4; number++) await stream.write(Buffer.alloc(32 * 1024, number));
      stream.end();
    });
    await new Promise(setImmediate);
    expect(ends[0].writableLength).toBeLessThan(400_000);
    pair.client.socket.resume();
    await Promise.all(writing);
    expect(new Set(await Promise.all(theirs.map(({ ended }) => ended)))).toEqual(new Set(["fin"]));
    const expected = Buffer.concat([0, 1, 2, 3].map((number) => Buffer.alloc(32 * 1024, number)));
    for (const { received } of theirs) expect(Buffer.concat(received).equals(expected)).toBe(true);
  });

  it("gives up a client that asks and takes no answers", async () => {
    const deaf = new Duplex({ read() {}, write() {} });
    const connection = new SpdyConnection(deaf, { controller: new AbortController(), timeouts });
    for (let number = 0; number < 15_000; number++) deaf.push(controlFrame(frameTypes.ping, 0, words(number * 2 + 1)));
    await eventually(() => connection.signal.aborted);
    expect(connection.signal.reason).toMatchObject({
      message: expect.stringContaining("it asks and takes no answers"),
    });
    await connection.closed;
  });

  it("does not hang up before a slow client has got through what is still on its way", async () => {
    using pair = await connectedByTcp();
    const theirs = pair.client.stream({ streamtype: "stdout" });
    const ours = await pair.next();
    await theirs.reply;
    pair.client.socket.pause();
    await ours.write(Buffer.alloc(2_000_000));
    ours.end();
    let isOver = false;
    const parting = pair.connection.part(50).then(() => (isOver = true));
    // Its own questions come to a socket that is closed by then, and have the system drop what the client has not yet taken.
    for (let asked = 1; asked <= 20; asked++) {
      await pair.client.ping(asked * 2 + 1).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(isOver).toBe(false);
    pair.client.answerPings();
    pair.client.socket.resume();
    expect([await theirs.ended, theirs.text().length]).toEqual(["fin", 2_000_000]);
    await parting;
  });

  it("gives a client that was told everything the time to hang up, then says goodbye and hangs up itself", async () => {
    using pair = connected();
    const theirs = pair.client.stream({ streamtype: "error" });
    const ours = await pair.next();
    await ours.write(Buffer.from("all"));
    ours.end();
    await pair.connection.part(50);
    expect([await theirs.ended, theirs.text()]).toEqual(["fin", "all"]);
    const goodbye = pair.client.control.find(({ kind }) => kind === frameTypes.goAway);
    expect(goodbye?.payload.readUInt32BE(4)).toBe(0);
  });
});
