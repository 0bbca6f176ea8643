import { setTimeout as sleep } from "node:timers/promises";
import type { Timeouts } from "../http/exchange.ts";
import type { SpdyConnection } from "../spdy/spdy-connection.ts";
import type { SpdyStream } from "../spdy/spdy-stream.ts";
import type { PortForwardSession } from "./port-forward-protocol.ts";
import type { PortForwarder } from "./port-forwarder.ts";
import type { PortStream } from "./port-stream.ts";
import { StreamPairs } from "./stream-pairs.ts";
import type { StreamPair } from "./stream-pairs.ts";

/** The most connections at once, begun and half begun, that one client may have. */
const mostPairs = 512;
/** What a client that has been told that the node closes may take to hang up. */
const partingMs = 1000;

/** Connections to ports, each in a pair of SPDY streams. */
export class SpdyPortSession implements PortForwardSession {
  readonly #connection: SpdyConnection;
  readonly #timeouts: Timeouts;
  readonly #pairs = new StreamPairs<SpdyStream>();
  /** Of those that wait for their other half, when that is given up. */
  readonly #deadlines = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();

  constructor(connection: SpdyConnection, timeouts: Timeouts) {
    this.#connection = connection;
    this.#timeouts = timeouts;
  }

  async run(forwarder: PortForwarder): Promise<void> {
    try {
      for await (const stream of this.#connection.streams) this.#take(stream, forwarder);
    } catch {
      // The connection is gone, and its controller knows why.
    } finally {
      for (const deadline of this.#deadlines.values()) clearTimeout(deadline);
      await Promise.allSettled(this.#running);
      await Promise.race([this.#connection.closed, sleep(partingMs, undefined, { ref: false })]);
      this.#connection.destroy(new Error("The client did not hang up."));
      await this.#connection.closed;
    }
  }

  #take(stream: SpdyStream, forwarder: PortForwarder): void {
    const pairing = this.#pairs.add(stream);
    if (pairing.type === "refused") stream.reset();
    else if (pairing.type === "double") {
      stream.reset();
      pairing.error?.write(Buffer.from(pairing.problem)).catch(() => {});
    } else if (pairing.type === "pair") {
      stream.accept();
      this.#begin(pairing.requestId, pairing.pair, forwarder);
    } else if (this.#pairs.waiting + this.#running.size > mostPairs) {
      this.#pairs.remove(pairing.requestId);
      stream.reset();
    } else {
      stream.accept();
      this.#await(pairing.requestId);
    }
  }

  #await(requestId: string): void {
    const giveUp = (): void => {
      this.#deadlines.delete(requestId);
      const { data, error } = this.#pairs.remove(requestId);
      data?.reset();
      if (error) void fail(error, `(request=${requestId}) timed out waiting for streams`);
    };
    this.#deadlines.set(requestId, setTimeout(giveUp, this.#timeouts.creationMs));
  }

  #begin(requestId: string, pair: StreamPair<SpdyStream>, forwarder: PortForwarder): void {
    clearTimeout(this.#deadlines.get(requestId));
    this.#deadlines.delete(requestId);
    const running = forwardPair(pair, forwarder);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }
}

/** As kubelet does: a failure is told, and both streams are reset, so that the client opens new ones. */
async function forwardPair({ port, data, error }: StreamPair<SpdyStream>, forwarder: PortForwarder): Promise<void> {
  void drop(error.input);
  const problem = await forwarder.forward(portStream(port, data));
  if (problem !== undefined) {
    data.reset();
    await fail(error, problem);
  } else error.end();
}

function portStream(port: number, data: SpdyStream): PortStream {
  return { port, input: data.input, signal: data.signal, write: (bytes) => data.write(bytes), end: () => data.end() };
}

async function fail(error: SpdyStream, problem: string): Promise<void> {
  try {
    await error.write(Buffer.from(problem));
    error.end();
    error.reset();
  } catch {
    // The client has closed it.
  }
}

/** Nothing belongs there; left unread it would hold the whole connection up. */
async function drop(input: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _ of input) break;
  } catch {
    // The client has reset it.
  }
}
