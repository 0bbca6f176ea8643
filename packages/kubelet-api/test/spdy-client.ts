import { once } from "node:events";
import type { Duplex } from "node:stream";
import { FrameReader, HeaderCodec, controlFrame, dataFrame, fin, frameTypes, words } from "./spdy-frames.ts";
import type { SpdyFrame } from "./spdy-frames.ts";
import type { Kubelet } from "./kubelet.ts";

/** A stream that the client has opened. */
export interface ClientStream {
  readonly id: number;
  /** The headers of the server's reply. */
  readonly reply: Promise<ReadonlyMap<string, string>>;
  readonly received: readonly Buffer[];
  /** How the server ended its side: `fin`, `reset 5`, or `closed` with the connection. */
  readonly ended: Promise<string>;
  text(): string;
  /** Resolves when this process has room for more. */
  write(bytes: string | Uint8Array): Promise<void>;
  end(): void;
  reset(status?: number): void;
}

interface OpenStream {
  readonly received: Buffer[];
  readonly reply: PromiseWithResolvers<ReadonlyMap<string, string>>;
  readonly ended: PromiseWithResolvers<string>;
}

/** The client's end of a SPDY/3.1 connection, as bare as it can be: it answers pings where it is told to, and nothing else. */
export class SpdyClient {
  /** Every control frame that came. */
  readonly control: Extract<SpdyFrame, { type: "control" }>[] = [];
  readonly closed: Promise<void>;
  readonly socket: Duplex;
  readonly #codecs = { in: new HeaderCodec(), out: new HeaderCodec() };
  readonly #reader = new FrameReader();
  readonly #streams = new Map<number, OpenStream>();
  #nextId = 1;
  #answersPings = false;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      for (const frame of this.#reader.push(bytes)) this.#receive(frame);
    });
    socket.once("end", () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        for (const { ended, reply } of this.#streams.values()) {
          ended.resolve("closed");
          reply.reject(new Error("The connection was closed before the stream was answered."));
        }
        resolve();
      });
    });
  }

  /** Upgrades a connection; throws the answer when it is another than 101. */
  static async open(kubelet: Kubelet, path: string, versions: readonly string[]): Promise<SpdyClient> {
    const socket = await kubelet.socket();
    const lines = versions.map((version) => `X-Stream-Protocol-Version: ${version}\r\n`);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n${lines.join("")}\r\n`,
    );
    let answer = Buffer.alloc(0);
    while (!answer.includes("\r\n\r\n")) {
      const [bytes] = (await once(socket, "data")) as [Buffer];
      answer = Buffer.concat([answer, bytes]);
    }
    const text = answer.toString("latin1");
    if (!text.startsWith("HTTP/1.1 101 ")) throw new Error(text);
    const rest = answer.subarray(text.indexOf("\r\n\r\n") + 4);
    if (rest.length > 0) socket.unshift(rest);
    return new SpdyClient(socket);
  }

  /** Opens a stream; with `end`, the client says at once that it sends nothing on it. */
  stream(headers: Readonly<Record<string, string>>, { end = false, id = this.#nextId } = {}): ClientStream {
    this.#nextId = id + 2;
    const stream: OpenStream = {
      received: [],
      reply: Promise.withResolvers(),
      ended: Promise.withResolvers(),
    };
    stream.reply.promise.catch(() => {});
    this.#streams.set(id, stream);
    const head = Buffer.concat([words(id, 0), Buffer.alloc(2)]);
    const block = this.#codecs.out.encode(Object.entries(headers));
    this.#say(controlFrame(frameTypes.synStream, end ? fin : 0, Buffer.concat([head, block])));
    return this.#handle(id, stream);
  }

  /** Any bytes; resolves when this process has room for more. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.socket.destroyed) throw new Error("The connection is closed.");
    if (!this.socket.write(bytes)) await Promise.race([once(this.socket, "drain"), this.closed]);
  }

  ping(id: number): Promise<void> {
    return this.send(controlFrame(frameTypes.ping, 0, words(id)));
  }

  /** Answers what the server asks from now on, as clients do. */
  answerPings(): void {
    this.#answersPings = true;
  }

  #say(bytes: Uint8Array): void {
    this.send(bytes).catch(() => {});
  }

  destroy(): void {
    this.socket.destroy();
  }

  #handle(id: number, { received, reply, ended }: OpenStream): ClientStream {
    return {
      id,
      received,
      reply: reply.promise,
      ended: ended.promise,
      text: () => Buffer.concat(received).toString(),
      write: (bytes) => this.send(dataFrame(id, 0, Buffer.from(bytes as Uint8Array))),
      end: () => this.#say(dataFrame(id, fin, Buffer.alloc(0))),
      reset: (status = 5) => this.#say(controlFrame(frameTypes.reset, 0, words(id, status))),
    };
  }

  #receive(frame: SpdyFrame): void {
    if (frame.type === "data") {
      const stream = this.#streams.get(frame.stream);
      if (!stream) throw new Error(`The server sent data on stream ${frame.stream}, which is not open.`);
      if (frame.payload.length > 0) stream.received.push(Buffer.from(frame.payload));
      if (frame.flags & fin) stream.ended.resolve("fin");
      return;
    }
    this.control.push(frame);
    const { kind, flags, payload } = frame;
    if (kind === frameTypes.ping && this.#answersPings) this.ping(payload.readUInt32BE(0)).catch(() => {});
    if (kind !== frameTypes.synReply && kind !== frameTypes.reset) return;
    const stream = this.#streams.get(payload.readUInt32BE(0));
    if (kind === frameTypes.synReply) stream?.reply.resolve(this.#codecs.in.decode(payload.subarray(4)));
    if (kind === frameTypes.reset) stream?.ended.resolve(`reset ${payload.readUInt32BE(4)}`);
    else if (flags & fin) stream?.ended.resolve("fin");
  }
}
