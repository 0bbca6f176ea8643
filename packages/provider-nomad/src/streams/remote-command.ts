import { Readable, Writable } from "node:stream";
import type { ContainerProcess, ExecCall, Exit, ProviderError, TerminalSize } from "@virtual-kubelet/provider";
import type { WebSocket } from "ws";
import { MarkReader } from "./named-command.ts";

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
const farewellMs = 12_000;
const unmarked = { read: (output: Buffer): { readonly output: Buffer; readonly pid?: number } => ({ output }) };
const interruptAndEnd = Buffer.from("\u0003\u0004").toString("base64");

export interface RemoteCommandOptions {
  readonly call: ExecCall;
  /** What it says of itself before anything else, as `namedCommand` does. */
  readonly mark?: string;
  /** Kills it by its process ID. */
  readonly kill?: (pid: number) => Promise<void>;
  /** What it means when the socket closes before the command has ended. */
  readonly errorOf: (code: number, reason: string) => ProviderError;
}

/** A command at the other end of a websocket. */
export class RemoteCommand {
  readonly #socket: WebSocket;
  readonly #call: ExecCall;
  readonly #exit = Promise.withResolvers<Exit>();
  readonly #first = Promise.withResolvers<void>();
  readonly #stdout: Readable;
  readonly #stderr: Readable;
  readonly #stdin: Writable | undefined;
  readonly #mark: MarkReader | undefined;
  readonly #kill: RemoteCommandOptions["kill"];
  readonly #pid = Promise.withResolvers<number | undefined>();
  #hasAnswered = true;

  constructor(socket: WebSocket, { call, mark, kill, errorOf }: RemoteCommandOptions) {
    this.#socket = socket;
    this.#call = call;
    this.#kill = kill;
    this.#mark = mark === undefined ? undefined : new MarkReader(mark);
    this.#exit.promise.catch(() => undefined);
    this.#first.promise.catch(() => undefined);
    const read = (): void => socket.resume();
    this.#stdout = new Readable({ read, highWaterMark: waitingBytes });
    this.#stderr = new Readable({ read, highWaterMark: waitingBytes });
    // One that is read no more must not hold up the other, and the exit.
    for (const stream of [this.#stdout, this.#stderr]) stream.on("close", read);
    if (call.stdin) this.#stdin = this.#openStdin();
    const heartbeat = setInterval(() => this.#beat(), heartbeatMs);
    const giveUp = (): void => void this.#giveUp();
    call.signal.addEventListener("abort", giveUp, { once: true });
    socket.on("message", (data: Buffer) => this.#hear(data.toString()));
    socket.on("pong", () => (this.#hasAnswered = true));
    socket.once("close", (code, reason) => {
      clearInterval(heartbeat);
      call.signal.removeEventListener("abort", giveUp);
      const error = errorOf(code, reason.toString());
      this.#first.reject(error);
      this.#pid.resolve(undefined);
      this.#end(error);
    });
    if (call.size && call.tty) this.#resize(call.size);
    // Nomad waits for the end of an input, also where there is none; that of a terminal would hang it up.
    if (!call.stdin && !call.tty) this.#send({ stdin: { close: true } });
    if (call.signal.aborted) giveUp();
    socket.resume();
  }

  /**
   * Resolves with the command's first word. Rejects when it could not be started; in time, where it would have said something, with a
   * `RangeError`.
   */
  async started({
    withinMs,
    otherwise,
  }: {
    readonly withinMs: number;
    readonly otherwise: "fail" | "go on";
  }): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = (): void => (otherwise === "fail" ? reject(new RangeError("not a word in time")) : resolve());
    const timer = setTimeout(late, withinMs);
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

  /** What is thrown in here would end the whole agent. */
  #hear(text: string): void {
    try {
      this.#take(JSON.parse(text) as ServerFrame);
    } catch {
      this.#socket.terminate();
    }
  }

  #take(frame: ServerFrame): void {
    const { tty } = this.#call;
    if (frame.stdout) this.#push(this.#stdout, frame.stdout, tty ? this.#mark : undefined);
    if (frame.stderr) this.#push(this.#stderr, frame.stderr, tty ? undefined : this.#mark);
    if (frame.exited) {
      this.#end({ type: "code", code: frame.result?.exit_code ?? 0 });
      this.#socket.close();
    }
    if (frame.stdout ?? frame.stderr ?? frame.exited) this.#first.resolve();
  }

  #push(stream: Readable, { data = "", close }: OutputFrame, mark: MarkReader | undefined): void {
    const { output, pid } = (mark ?? unmarked).read(Buffer.from(data, "base64"));
    if (pid !== undefined) this.#pid.resolve(pid);
    if (stream.readableEnded || stream.destroyed) return;
    if (output.length > 0 && !stream.push(output)) this.#socket.pause();
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
   * Nomad does not kill a command whose connection is closed. Where its process is not known, it is interrupted if it has a terminal,
   * and its input ends, so that shells and what reads end.
   */
  async #giveUp(): Promise<void> {
    const timer = setTimeout(() => this.#socket.terminate(), farewellMs);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.resume();
    const pid = this.#mark && this.#kill ? await this.#pid.promise : undefined;
    if (pid !== undefined) await this.#kill?.(pid).catch(() => undefined);
    else if (this.#call.tty) this.#send({ stdin: { data: interruptAndEnd } });
    this.#send({ stdin: { close: true } });
    this.#socket.close();
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
