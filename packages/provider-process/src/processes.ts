import { PassThrough, Writable } from "node:stream";
import {
  type ContainerProcess,
  type ExecCall,
  type Exit,
  ProviderError,
  type TerminalSize,
} from "@virtual-kubelet/provider";
import type { SupervisorClient } from "./client.ts";
import type { Connection } from "./protocol/connection.ts";
import { type Frame, channels, encodeFrame, encodeMessage } from "./protocol/frames.ts";
import type { Reply, RunRef } from "./protocol/messages.ts";

/** Runs a command beside a container's main process. Its connection is its life: when it goes, the command is killed. */
export async function execInRun(client: SupervisorClient, run: RunRef, call: ExecCall): Promise<ContainerProcess> {
  const { command, tty, stdin, size, signal } = call;
  const connection = await client.connect(signal);
  try {
    const process = new RemoteProcess(connection, call);
    await connection.request("exec", { ...run, command, tty, stdin, ...size }, signal);
    // The signal lives as long as the streams: from now on it ends the connection, and so the command.
    signal.addEventListener("abort", () => connection.socket.destroy(), { once: true });
    if (signal.aborted) connection.socket.destroy();
    return process;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

class RemoteProcess implements ContainerProcess {
  readonly stdin?: Writable;
  readonly stdout: PassThrough = new PassThrough();
  readonly stderr?: PassThrough;
  readonly resize?: (size: TerminalSize) => void;
  readonly #connection: Connection;
  readonly #exit = Promise.withResolvers<Exit>();

  constructor(connection: Connection, { tty, stdin, stdout, stderr }: ExecCall) {
    this.#connection = connection;
    this.#exit.promise.catch(() => undefined);
    if (!tty) this.stderr = new PassThrough();
    if (tty) this.resize = (size) => void connection.socket.write(encodeMessage({ resize: size }));
    if (stdin) this.stdin = stdinOf(connection);
    // Nobody reads what was not asked for; it must not hold up the rest.
    if (!stdout && !(tty && stderr)) this.stdout.resume();
    if (!stderr) this.stderr?.resume();
    connection.receive((frame) => this.#take(frame));
    void connection.closed.then(() => this.#lost());
    const resume = () => void connection.socket.resume();
    // One that has been ended tells no more that it has drained.
    for (const stream of [this.stdout, this.stderr])
      stream?.on("drain", resume).on("finish", resume).on("close", resume);
  }

  wait(): Promise<Exit> {
    return this.#exit.promise;
  }

  #take({ channel, payload }: Frame): void {
    if (channel === channels.message) {
      const reply = JSON.parse(payload.toString()) as Reply;
      if (!("exit" in reply)) return;
      this.#endStreams();
      return this.#exit.resolve(reply.exit);
    }
    const stream = channel === channels.stdout ? this.stdout : this.stderr;
    if (!stream || stream.writableEnded || stream.destroyed) return;
    if (payload.length === 0) stream.end();
    else if (!stream.write(payload)) this.#connection.socket.pause();
  }

  #lost(): void {
    this.#endStreams();
    this.#exit.reject(new ProviderError("Unavailable", "The connection to the command was lost; it has been killed."));
  }

  #endStreams(): void {
    for (const stream of [this.stdout, this.stderr]) if (stream && !stream.writableEnded) stream.end();
    this.stdin?.destroy();
  }
}

const longestChunk = 64 * 1024;

function stdinOf({ socket }: Connection): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += longestChunk) {
        const frame = encodeFrame(channels.stdin, chunk.subarray(at, at + longestChunk));
        const isLast = at + longestChunk >= chunk.length;
        socket.write(frame, isLast ? () => done() : undefined);
      }
      if (chunk.length === 0) done();
    },
    final(done) {
      if (socket.writable) socket.write(encodeFrame(channels.stdin, new Uint8Array()));
      done();
    },
  });
}
