import { Duplex, PassThrough } from "node:stream";
import type { ByteDuplex } from "@virtual-kubelet/provider";
import { describe, expect, it } from "vitest";
import { connectPort, discardPort } from "../../src/port-forward/connect-port.ts";
import type { PortStream } from "../../src/port-forward/port-stream.ts";
import { ByteQueue } from "../../src/streaming/byte-queue.ts";
import { eventually } from "../kubelet.ts";

/** A client that the test speaks for. */
class Client implements PortStream {
  readonly port = 80;
  readonly input = new ByteQueue({ highWaterBytes: 1e6, flow: () => {} });
  readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  readonly written: string[] = [];
  hasEnded = false;

  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(Buffer.from(bytes).toString());
  }

  end(): void {
    this.hasEnded = true;
  }
}

interface Target {
  readonly target: ByteDuplex;
  /** What came from the client. */
  readonly received: () => string;
  say(text: string): void;
  finish(): void;
  fail(error: Error): void;
  readonly isClosed: () => boolean;
  readonly hasEnd: () => boolean;
}

function duplex(): Target {
  const received: string[] = [];
  let hasEnd = false;
  const target = new Duplex({
    read() {},
    write: (chunk: Buffer, _encoding, done) => (received.push(chunk.toString()), done()),
    final: (done) => ((hasEnd = true), done()),
  });
  return {
    target,
    received: () => received.join(""),
    say: (text) => void target.push(text),
    finish: () => void target.push(null),
    fail: (error) => void target.destroy(error),
    isClosed: () => target.destroyed,
    hasEnd: () => hasEnd,
  };
}

function nodeStreams(): Target {
  const [readable, writable, received] = [new PassThrough(), new PassThrough(), [] as string[]];
  let hasEnd = false;
  writable.on("data", (bytes: Buffer) => received.push(bytes.toString())).on("end", () => (hasEnd = true));
  return {
    target: { readable, writable },
    received: () => received.join(""),
    say: (text) => void readable.write(text),
    finish: () => void readable.end(),
    fail: (error) => void readable.destroy(error),
    isClosed: () => readable.destroyed && writable.destroyed,
    hasEnd: () => hasEnd,
  };
}

function webStreams(): Target {
  const received: string[] = [];
  let [hasEnd, isAborted, isCancelled, isFinished] = [false, false, false, false];
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const readable = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (isCancelled = true),
  });
  const writable = new WritableStream<Uint8Array>({
    write: (bytes) => void received.push(Buffer.from(bytes).toString()),
    close: () => void (hasEnd = true),
    abort: () => void (isAborted = true),
  });
  return {
    target: { readable, writable },
    received: () => received.join(""),
    say: (text) => controller?.enqueue(Buffer.from(text)),
    finish: () => ((isFinished = true), controller?.close()),
    fail: (error) => ((isFinished = true), controller?.error(error)),
    isClosed: () => (isCancelled || isFinished) && (isAborted || hasEnd),
    hasEnd: () => hasEnd,
  };
}

describe.each([
  ["a Duplex", duplex],
  ["Node.js streams", nodeStreams],
  ["web streams", webStreams],
])("a port that is %s", (_, open) => {
  it("goes on to take when it has ended, until the client ends too", async () => {
    const [client, target] = [new Client(), open()];
    const connected = connectPort(target.target, client, client.signal);
    target.say("last");
    target.finish();
    await eventually(() => client.hasEnded);
    client.input.push(Buffer.from("more"));
    client.input.end();
    await connected;
    expect(client.written).toEqual(["last"]);
    expect(target.received()).toBe("more");
    await eventually(() => target.hasEnd() && target.isClosed());
  });

  it("goes on to say when the client has ended, until it ends too", async () => {
    const [client, target] = [new Client(), open()];
    const connected = connectPort(target.target, client, client.signal);
    client.input.push(Buffer.from("request"));
    client.input.end();
    await eventually(() => target.hasEnd());
    target.say("answer");
    target.finish();
    await connected;
    expect([target.received(), client.written, client.hasEnded]).toEqual(["request", ["answer"], true]);
    await eventually(() => target.isClosed());
  });

  it("is closed at once when the client is gone, also if it hangs", async () => {
    const [client, target] = [new Client(), open()];
    const connected = connectPort(target.target, client, client.signal);
    client.controller.abort(new Error("gone"));
    await expect(connected).rejects.toThrow("gone");
    await eventually(() => target.isClosed());
  });

  it("and fails is closed, and its error told", async () => {
    const [client, target] = [new Client(), open()];
    const connected = connectPort(target.target, client, client.signal);
    target.fail(new Error("ECONNRESET"));
    await expect(connected).rejects.toThrow("ECONNRESET");
    await eventually(() => target.isClosed());
    expect(client.hasEnded).toBe(false);
  });

  it("and is not wanted any more is closed", async () => {
    const target = open();
    discardPort(target.target);
    await eventually(() => target.isClosed());
    expect(() => target.fail(new Error("nobody's"))).not.toThrow();
  });
});

describe("a port", () => {
  it("that takes no more goes on to say, and what the client sends is dropped", async () => {
    const client = new Client();
    const readable = new PassThrough();
    const writable = new PassThrough();
    writable.destroy(new Error("EPIPE"));
    writable.on("error", () => {});
    const connected = connectPort({ readable, writable }, client, client.signal);
    client.input.push(Buffer.from("into nothing"));
    readable.end("still");
    await connected;
    expect([client.written, client.hasEnded]).toEqual([["still"], true]);
  });

  it("that has closed itself is over, also if the client does not end", async () => {
    const [client, target] = [new Client(), duplex()];
    const connected = connectPort(target.target, client, client.signal);
    target.finish();
    (target.target as Duplex).end();
    await connected;
    expect(client.hasEnded).toBe(true);
  });

  it.each([undefined, 7, {}, { readable: new PassThrough() }])("that is %j is told to be none", async (given) => {
    const client = new Client();
    await expect(connectPort(given as never, client, client.signal)).rejects.toThrow(/gave no (stream|connection)/);
    discardPort(given as never);
  });

  it("that has not taken everything yet is not cut off", async () => {
    const client = new Client();
    const received: Buffer[] = [];
    const writes: (() => void)[] = [];
    const target = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => void writes.push(() => (received.push(chunk), done())),
    });
    const connected = connectPort(target, client, client.signal);
    client.input.push(Buffer.from("slow"));
    client.input.end();
    target.push(null);
    await eventually(() => client.hasEnded && writes.length === 1);
    expect(target.destroyed).toBe(false);
    writes[0]?.();
    await connected;
    expect(Buffer.concat(received).toString()).toBe("slow");
  });
});
