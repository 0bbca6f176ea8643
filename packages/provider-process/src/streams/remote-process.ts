import { Readable, Writable } from "node:stream";
import { type ContainerProcess, type Exit, ProviderError, type TerminalSize } from "@virtual-kubelet/provider";
import type { Connection } from "../protocol/connection.ts";
import { type Frame, channels, encodeMessage, writeFrame } from "../protocol/frames.ts";
import type { Reply } from "../protocol/messages.ts";

/** What of a process a caller wants to have. */
export interface WantedStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** How much of an output waits here for its reader; the rest waits on the way, and in the end in the process. */
const waitingBytes = 256 * 1024;

/** The streams of a process at the other end of a connection, from before it is known whether that has a terminal. */
export class RemoteProcess {
  readonly #connection: Connection;
  readonly #wanted: WantedStreams;
  readonly #stdout: Readable;
  readonly #stderr: Readable;
  readonly #stdin: Writable | undefined;
  readonly #exit = Promise.withResolvers<Exit>();

  /** `lost` says what it means when the connection ends before the process. */
  constructor(connection: Connection, wanted: WantedStreams & { readonly lost: string }) {
    this.#connection = connection;
    this.#wanted = wanted;
    this.#exit.promise.catch(() => undefined);
    const read = () => void connection.socket.resume();
    this.#stdout = new Readable({ read, highWaterMark: waitingBytes });
    this.#stderr = new Readable({ read, highWaterMark: waitingBytes });
    // One that is read no more must not hold up the other, and the exit.
    for (const stream of [this.#stdout, this.#stderr]) stream.on("close", read);
    if (wanted.stdin) this.#stdin = stdinOf(connection);
    connection.receive((frame) => this.#take(frame));
    void connection.closed.then(() => this.#end(new ProviderError("Unavailable", wanted.lost)));
  }

  /** Under a terminal there is one output. */
  streams({ tty }: { readonly tty: boolean }): ContainerProcess {
    const { stdout, stderr } = this.#wanted;
    // Nobody reads what was not asked for; it must not hold up the rest.
    if (!stdout && !(tty && stderr)) this.#stdout.resume();
    if (!stderr || tty) this.#stderr.resume();
    return {
      ...(this.#stdin ? { stdin: this.#stdin } : {}),
      stdout: this.#stdout,
      ...(tty ? { resize: (size) => this.#resize(size) } : { stderr: this.#stderr }),
      wait: () => this.#exit.promise,
    };
  }

  #resize(size: TerminalSize): void {
    const { socket } = this.#connection;
    if (socket.writable) socket.write(encodeMessage({ resize: size }));
  }

  #take({ channel, payload }: Frame): void {
    if (channel === channels.message) {
      const reply = JSON.parse(payload.toString()) as Reply;
      if ("exit" in reply) this.#end(reply.exit);
      if ("detached" in reply) this.#end(new ProviderError(reply.detached.code, reply.detached.message));
      return;
    }
    const stream = channel === channels.stdout ? this.#stdout : this.#stderr;
    if (stream.readableEnded || stream.destroyed) return;
    if (payload.length > 0) {
      if (!stream.push(payload)) this.#connection.socket.pause();
      return;
    }
    stream.push(null);
    // It will not ask for more, and what comes next is for others.
    this.#connection.socket.resume();
  }

  /** Whatever comes first counts. */
  #end(how: Exit | Error): void {
    for (const stream of [this.#stdout, this.#stderr]) if (!stream.destroyed) stream.push(null);
    this.#stdin?.destroy();
    if (how instanceof Error) this.#exit.reject(how);
    else this.#exit.resolve(how);
  }
}

/** Frames have a longest length. */
const longestFrame = 1024 * 1024;

function stdinOf({ socket }: Connection): Writable {
  const send = (chunks: readonly Buffer[], done: () => void): void => {
    let wantsMore = true;
    for (const pieces of framesOf(chunks))
      wantsMore = !socket.writable || writeFrame(socket, channels.stdin, ...pieces);
    if (wantsMore) done();
    else socket.once("drain", done);
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => send([chunk], done),
    writev(chunks, done) {
      const buffers = chunks.map(({ chunk }) => chunk as Buffer);
      send(buffers, done);
    },
    final(done) {
      if (socket.writable) writeFrame(socket, channels.stdin);
      done();
    },
  });
}

/** As few frames as can be, each in pieces that are taken as they are. */
function framesOf(chunks: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const frames: Buffer[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (room === 0) {
        frames.push([]);
        room = longestFrame;
      }
      const piece = chunk.subarray(at, at + room);
      frames.at(-1)?.push(piece);
      room -= piece.length;
      at += piece.length;
    }
  }
  return frames;
}
