import type { Socket } from "node:net";
import { type Frame, FrameReader, channels, encodeMessage } from "../protocol/frames.ts";
import {
  type AttachSpec,
  type ExecSpec,
  type Failure,
  type Reply,
  type Request,
  oldestClient,
  protocolVersion,
} from "../protocol/messages.ts";
import { note } from "./note.ts";
import { startAttach } from "./sessions/attach-session.ts";
import { startExec } from "./sessions/exec-session.ts";
import type { Session } from "./sessions/session.ts";
import { RequestError } from "./request-error.ts";
import type { Supervisor } from "./supervisor.ts";

export interface ServeOptions {
  readonly supervisor: Supervisor;
  /** Ends every container, and the program after the answer. */
  readonly shutDown: (gracePeriodSeconds: number) => Promise<void>;
}

/** Serves one client until it goes. */
export function serve(socket: Socket, options: ServeOptions): void {
  const client = new Client(socket, options);
  const reader = new FrameReader();
  socket.on("error", () => undefined);
  socket.on("close", () => client.leave());
  socket.on("data", (bytes) => {
    try {
      for (const frame of reader.push(bytes)) client.take(frame);
    } catch (error) {
      note("A client spoke nonsense", error);
      socket.destroy();
    }
  });
}

class Client {
  readonly #socket: Socket;
  readonly #options: ServeOptions;
  readonly #subscriptions: Disposable[] = [];
  #session: Session | undefined;
  /** What came for a process that is still being started. */
  #early: Frame[] | undefined;

  constructor(socket: Socket, options: ServeOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reply({ hello: { protocol: protocolVersion, oldestClient, pid: process.pid } });
  }

  take(frame: Frame): void {
    if (this.#session) return this.#session.take(frame);
    if (this.#early) return void this.#early.push({ ...frame, payload: Buffer.from(frame.payload) });
    if (frame.channel !== channels.message) return;
    const request = JSON.parse(frame.payload.toString()) as Request;
    this.#answer(request).then(
      (result) => {
        this.#reply({ id: request.id, result: result ?? {} });
        for (const early of this.#early?.splice(0) ?? []) this.#session?.take(early);
      },
      (error: unknown) => this.#reply({ id: request.id, failure: failureOf(error) }),
    );
  }

  leave(): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#session?.leave();
  }

  async #answer(request: Request): Promise<object | void> {
    const { supervisor, shutDown } = this.#options;
    switch (request.method) {
      case "ping":
        return supervisor.requireReadable();
      case "keepPod":
        return supervisor.keepPod(request.params);
      case "forgetPod":
        return supervisor.forgetPod(request.params);
      case "start":
        return supervisor.start(request.params);
      case "stop":
        return supervisor.stop(request.params);
      case "forgetRun":
        return supervisor.forgetRun(request.params);
      case "watch":
        this.#subscriptions.push(supervisor.watch(request.params.owner, (event) => this.#reply({ event })));
        return {};
      case "exec":
        return this.#exec(request.params);
      case "attach":
        return this.#attach(request.params);
      case "findPort":
        return supervisor.findPort(request.params);
      case "usage":
        return supervisor.usage(request.params);
      case "shutdown":
        return shutDown(request.params.gracePeriodSeconds);
      default:
        throw new RequestError("InvalidInput", `The supervisor has no method "${(request as Request).method}".`);
    }
  }

  async #exec(spec: ExecSpec): Promise<void> {
    this.#early = [];
    const { supervisor } = this.#options;
    const container = supervisor.find(spec);
    if (!container) throw new RequestError("NotFound", `Container ${spec.container} does not run.`);
    this.#session = await startExec(container, spec, { socket: this.#socket, reaper: supervisor.reaper });
    if (this.#socket.destroyed) this.#session.leave();
  }

  async #attach(spec: AttachSpec): Promise<{ tty: boolean }> {
    const streams = this.#options.supervisor.find(spec)?.streams;
    if (!streams) throw new RequestError("NotFound", `Container ${spec.container} does not run.`);
    this.#session = startAttach(streams, spec, this.#socket);
    return { tty: streams.hasTerminal };
  }

  #reply(message: Reply): void {
    if (this.#socket.writable) this.#socket.write(encodeMessage(message));
  }
}

const fullDisk: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

function failureOf(error: unknown): Failure {
  if (error instanceof RequestError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) return { code: "InvalidInput", message };
  note("A request failed", error);
  if (fullDisk.has((error as NodeJS.ErrnoException | undefined)?.code ?? "")) {
    const advice = "make room on its disk; what runs goes on";
    return { code: "Unavailable", message: `Nothing can be written to the state directory (${message}): ${advice}.` };
  }
  return { code: "Unavailable", message: `The supervisor failed: ${message}` };
}
