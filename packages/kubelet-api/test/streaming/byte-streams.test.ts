import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { issueCertificate } from "@virtual-kubelet/kubernetes";
import type { ByteSource } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { ByteQueue } from "../../src/streaming/byte-queue.ts";
import { writerOf } from "../../src/streaming/byte-sink.ts";
import { readBytes } from "../../src/streaming/byte-source.ts";

/** A source that gives one chunk and then nothing more, and notes when it is ended. */
const hanging: Record<string, (ended: () => void) => ByteSource> = {
  "a Node.js stream": (ended) => {
    const stream = new Readable({ read: () => {}, destroy: (error, done) => (ended(), done(error)) });
    stream.push("first");
    return stream;
  },
  "a web stream": (ended) => new ReadableStream({ start: (controller) => controller.enqueue("first"), cancel: ended }),
  "an iterator": (ended) => {
    const steps = [{ done: false, value: "first" }];
    const next = (): Promise<IteratorResult<string>> =>
      Promise.resolve(steps.pop() as IteratorResult<string>).then((step) => step ?? new Promise(() => {}));
    return {
      [Symbol.asyncIterator]: () => ({ next, return: async () => (ended(), { done: true, value: undefined }) }),
    };
  },
};

describe("reading bytes", () => {
  it.each(Object.entries(hanging))("from %s stops at once when aborted, and ends it", async (_, open) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const controller = new AbortController();
    const reading = readBytes(open(resolve), controller.signal);
    expect((await reading.next()).value).toEqual(Buffer.from("first"));
    const next = reading.next();
    controller.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
    await ended;
  });

  it.each(Object.entries(hanging))("from %s ends it when the reader stops early", async (_, open) => {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    for await (const bytes of readBytes(open(resolve), new AbortController().signal)) {
      expect(bytes).toHaveLength(5);
      break;
    }
    await ended;
  });

  it("refuses what is neither bytes nor text", async () => {
    const reading = readBytes(Readable.from([7]) as ByteSource, new AbortController().signal);
    await expect(reading.next()).rejects.toThrow("gave number where bytes or a string belong");
  });
});

describe("writing bytes", () => {
  it("waits while the sink is full, and fails when it closes instead", async () => {
    const sink = new PassThrough({ highWaterMark: 4 });
    const writer = writerOf(sink);
    await writer.write(Buffer.from("1"));
    let written = false;
    const waiting = writer.write(Buffer.from("23456")).then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    sink.resume();
    await waiting;
    sink.pause();
    const refused = writer.write(Buffer.from("789012"));
    sink.destroy();
    await expect(refused).rejects.toThrow("closed before it took everything");
    await expect(writer.write(Buffer.from("1"))).rejects.toThrow("closed");
  });

  it("tells what the sink failed of, which is then no uncaught error", async () => {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    const writer = writerOf(sink);
    await writer.write(Buffer.from("1"));
    await new Promise(setImmediate);
    await expect(writer.write(Buffer.from("2"))).rejects.toThrow("EPIPE");
    await writer.end();
  });

  it("fails with a sink whose writing throws, which is then no uncaught error", async () => {
    const sink = new Writable({
      write: () => {
        throw new Error("a fault of the provider's");
      },
    });
    const writer = writerOf(sink);
    await writer.write(Buffer.from("1"));
    await writer.closed;
    await expect(writer.write(Buffer.from("2"))).rejects.toThrow("a fault of the provider's");
  });

  it("hands over in one piece what is written in one turn", async () => {
    const pieces: string[][] = [];
    const writev: Writable["_writev"] = (chunks, done) => {
      pieces.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    };
    const writer = writerOf(new Writable({ writev }));
    for (const text of ["1", "2", "3"]) await writer.write(Buffer.from(text));
    await new Promise(setImmediate);
    await writer.write(Buffer.from("4"));
    await writer.end();
    expect(pieces).toEqual([["1", "2", "3"], ["4"]]);
  });

  it.each([16, 43, 64])("goes on to a message of HTTP over TLS by %i KiB", async (kibibytes) => {
    const times = 100;
    const { certificate: cert, key } = issueCertificate({ commonName: "127.0.0.1", usages: ["serverAuth"] });
    const answer = async (response: ServerResponse): Promise<void> => {
      response.flushHeaders();
      const writer = writerOf(response);
      for (let index = 0; index < times; index++) {
        if (index % 3 === 0) await new Promise(setImmediate);
        await writer.write(Buffer.alloc(kibibytes * 1024));
      }
      await writer.end();
    };
    const server = createServer({ key, cert }, (_request, response) => void answer(response));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const asked = request({ host: "127.0.0.1", port, rejectUnauthorized: false }).end();
    const [answered] = (await once(asked, "response")) as [IncomingMessage];
    expect(await buffer(answered)).toHaveLength(times * kibibytes * 1024);
    server.close();
  });

  it("goes to web streams at their pace, and refuses what is no stream", async () => {
    const chunks: Uint8Array[] = [];
    const writer = writerOf(new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) }));
    await writer.write(Buffer.from("1"));
    await writer.end();
    expect(chunks).toHaveLength(1);
    expect(() => writerOf(undefined as never)).toThrow("gave no stream");
  });
});

describe("a queue of bytes", () => {
  it("brakes its producer when it is full, and lets go when it is half empty", async () => {
    const flow: boolean[] = [];
    const queue = new ByteQueue({ highWaterBytes: 10_000, flow: (paused) => void flow.push(paused) });
    queue.push(Buffer.alloc(6000));
    expect(flow).toEqual([]);
    queue.push(Buffer.alloc(6000));
    expect(flow).toEqual([true]);
    const reading = queue[Symbol.asyncIterator]();
    await reading.next();
    expect(flow).toEqual([true]);
    await reading.next();
    expect(flow).toEqual([true, false]);
  });

  it("gives out what waits before its end, and counts small chunks for more than their bytes", async () => {
    const flow: boolean[] = [];
    const queue = new ByteQueue({ highWaterBytes: 10_000, flow: (paused) => void flow.push(paused) });
    for (let count = 0; count < 100; count++) queue.push(Buffer.from("x"));
    queue.end();
    queue.push(Buffer.from("late"));
    expect(flow).toEqual([true]);
    expect(Buffer.concat(await Array.fromAsync(queue)).toString()).toBe("x".repeat(100));
    expect(flow).toEqual([true, false]);
  });
});
