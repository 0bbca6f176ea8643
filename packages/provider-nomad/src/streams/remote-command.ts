import { Readable, Writable } from "node:stream";
import {
  type ContainerProcess,
  type ExecCall,
  type Exit,
  ProviderError,
  type TerminalSize,
} from "@virtual-kubelet/provider";
import type { WebSocket } from "ws";

/** What Nomad says; bytes are base64. */
interface ServerFrame {
  readonly stdout?: OutputFrame;
  readonly stderr?: OutputFrame;
  readonly exited?: boolean;
  readonly result?: { readonly exit_code?: number };
}

interface OutputFrame {
  readonly data?: string;
  readonly close?: boolean;
}

/** How much of an output waits here for its reader; the rest waits on the way, and in the end in the command. */
const waitingBytes = 256 * 1024;
const longestStdinFrame = 32 * 1024;
const heartbeatMs = 10_000;
/** How long the last words to a command that is given up may take. */
const farewellMs = 1_000;
const interruptAndEnd = Buffer.from("\u0003\u0004").toString("base64");

/** A command at the other end of a websocket. */
export class RemoteCommand {
  readonly #socket: WebSocket;
  readonly #call: ExecCall;
  readonly #exit = Promise.withResolvers<Exit>();
  readonly #first = Promise.withResolvers<void>();
  readonly #stdout: Readable;
  readonly #stderr: Readable;
  readonly #stdin: Writable | undefined;
  #hasAnswered = true;

  /** `errorOf` says what it means when the socket closes before the command has ended. */
  constructor(socket: WebSocket, call: ExecCall, errorOf: (code: number, reason: string) => ProviderError) {
    this.#socket = socket;
    this.#call = call;
    this.#exit.promise.catch(() => undefined);
    this.#first.promise.catch(() => undefined);
    const read = (): void => socket.resume();
    this.#stdout = new Readable({ read, highWaterMark: waitingBytes });
    this.#stderr = new Readable({ read, highWaterMark: waitingBytes });
    // One that is read no more must not hold up the other, and the exit.
    for (const stream of [this.#stdout, this.#stderr]) stream.on("close", read);
    if (call.stdin) this.#stdin = this.#openStdin();
    const heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    const giveUp = (): void => this.#giveUp();
    call.signal.addEventListener("abort", giveUp, { once: true });
    socket.on("message", (data) => this.#take(JSON.parse(data.toString()) as ServerFrame));
    socket.on("pong", () => (this.#hasAnswered = true));
    socket.once("close", (code, reason) => {
      clearInterval(heartbeat);
      call.signal.removeEventListener("abort", giveUp);
      const error = errorOf(code, reason.toString());
      this.#first.reject(error);
      this.#end(error);
    });
    if (call.size && call.tty) this.#resize(call.size);
    // Nomad takes the open input of one who has none for one who will have.
    if (!call.stdin) this.#send({ stdin: { close: true } });
    if (call.signal.aborted) giveUp();
  }

  /** Rejects when the command could not be started. Nomad does not say that one has been: it resolves with the first word, or in time. */
  async started(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    await Promise.race([promise, this.#first.promise]).finally(() => clearTimeout(timer));
  }

  process(): ContainerProcess {
    const { tty, stdout, stderr } = this.#call;
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

  #take(frame: ServerFrame): void {
    if (frame.stdout) this.#push(this.#stdout, frame.stdout);
    if (frame.stderr) this.#push(this.#stderr, frame.stderr);
    if (frame.exited) {
      this.#end({ type: "code", code: frame.result?.exit_code ?? 0 });
      this.#socket.close();
    }
    if (frame.stdout ?? frame.stderr ?? frame.exited) this.#first.resolve();
  }

  #push(stream: Readable, { data, close }: OutputFrame): void {
    if (stream.readableEnded || stream.destroyed) return;
    if (data && !stream.push(Buffer.from(data, "base64"))) this.#socket.pause();
    if (close) {
      stream.push(null);
      this.#socket.resume();
    }
  }

  /** Whatever comes first counts. */
  #end(how: Exit | Error): void {
    for (const stream of [this.#stdout, this.#stderr])
      if (!stream.destroyed && !stream.readableEnded) stream.push(null);
    this.#stdin?.destroy();
    if (how instanceof Error) this.#exit.reject(how);
    else this.#exit.resolve(how);
  }

  /**
   * Nomad does not kill a command whose connection is closed. What can be done: interrupt it where it has a terminal, and end its
   * input, so that shells and what reads end.
   */
  #giveUp(): void {
    if (this.#call.tty) this.#send({ stdin: { data: interruptAndEnd } });
    this.#send({ stdin: { close: true } });
    this.#socket.resume();
    this.#socket.close();
    const timer = setTimeout(() => this.#socket.terminate(), farewellMs);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  #beat(): void {
    if (!this.#hasAnswered) return this.#socket.terminate();
    // A socket that is not read cannot hear the answer.
    this.#hasAnswered = this.#socket.isPaused;
    this.#send({});
    this.#socket.ping();
  }

  #resize({ columns, rows }: TerminalSize): void {
    this.#send({ tty_size: { height: rows, width: columns } });
  }

  #openStdin(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        for (let at = 0; at < chunk.length; at += longestStdinFrame) {
          const data = chunk.subarray(at, at + longestStdinFrame).toString("base64");
          this.#send({ stdin: { data } }, at + longestStdinFrame < chunk.length ? undefined : done);
        }
        if (chunk.length === 0) done();
      },
      final: (done) => {
        this.#send({ stdin: { close: true } });
        done();
      },
    });
  }

  #send(frame: object, done?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) done?.();
    else this.#socket.send(JSON.stringify(frame), () => done?.());
  }
}
