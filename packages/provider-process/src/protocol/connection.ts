import type { Socket } from "node:net";
import { ProviderError } from "@virtual-kubelet/provider";
import { type Frame, FrameReader, channels, encodeMessage } from "./frames.ts";
import { type Hello, type Method, type Methods, type Reply, isUsable, protocolVersion } from "./messages.ts";

/** One connection to a supervisor, after both sides have said which protocol they speak. */
export class Connection implements AsyncDisposable {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #supervisorPid = 0;
  #protocol = 0;
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, PromiseWithResolvers<object>>();
  #onFrame: ((frame: Frame) => void) | undefined;
  #lastId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => undefined);
    socket.on("close", () => this.#lost());
    socket.on("data", (bytes) => {
      for (const frame of this.#reader.push(bytes)) this.#take(frame);
    });
  }

  static async greet(socket: Socket, signal: AbortSignal): Promise<Connection> {
    const connection = new Connection(socket);
    const greeted = Promise.withResolvers<Frame>();
    connection.#onFrame = greeted.resolve;
    const lost = () => {
      socket.destroy();
      greeted.reject(new ProviderError("Unavailable", "The supervisor did not answer."));
    };
    void connection.closed.then(lost);
    signal.addEventListener("abort", lost, { once: true });
    if (signal.aborted) lost();
    const { payload } = await greeted.promise.finally(() => signal.removeEventListener("abort", lost));
    const { hello } = JSON.parse(payload.toString()) as Reply & { hello?: Hello };
    connection.#onFrame = undefined;
    connection.#supervisorPid = hello?.pid ?? 0;
    connection.#protocol = hello?.protocol ?? 0;
    if (hello && isUsable(hello)) return connection;
    socket.destroy();
    throw new ProviderError(
      "Unsupported",
      `The supervisor (process ${hello?.pid}) speaks version ${hello?.protocol} of the protocol and this agent version ${protocolVersion}: run the version of the agent that started it until the node's pods are gone, or end that process.`,
    );
  }

  /** The process at the other end. */
  get supervisorPid(): number {
    return this.#supervisorPid;
  }

  /** The version of the protocol that the other end speaks. */
  get protocol(): number {
    return this.#protocol;
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  async request<M extends Method>(
    method: M,
    params: Methods[M]["params"],
    signal: AbortSignal,
  ): Promise<Methods[M]["result"]> {
    if (signal.aborted)
      throw new ProviderError("DeadlineExceeded", `The supervisor was not asked for "${method}": no time left.`);
    if (this.isClosed) throw lostError();
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<object>();
    this.#waiting.set(id, answer);
    const abort = () =>
      answer.reject(new ProviderError("DeadlineExceeded", `The supervisor did not answer "${method}" in time.`));
    signal.addEventListener("abort", abort, { once: true });
    this.socket.write(encodeMessage({ id, method, params }));
    try {
      return await answer.promise;
    } finally {
      this.#waiting.delete(id);
      signal.removeEventListener("abort", abort);
    }
  }

  /** What arrives and is no answer to a request. Ends with the connection or the signal. */
  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    const frames: Frame[] = [];
    let wake: (() => void) | undefined;
    this.receive((frame) => {
      frames.push(frame);
      wake?.();
    });
    const stop = () => wake?.();
    void this.closed.then(stop);
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        const next = frames.shift();
        if (next) {
          yield next;
          continue;
        }
        // Nothing is awaited between these looks and the wait: what happens then wakes it.
        if (this.isClosed) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** Who gets what arrives and is no answer to a request. */
  receive(take: (frame: Frame) => void): void {
    this.#onFrame = take;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  #take(frame: Frame): void {
    const reply = frame.channel === channels.message ? (JSON.parse(frame.payload.toString()) as Reply) : undefined;
    if (!reply || !("id" in reply)) return this.#onFrame?.(frame);
    const waiting = this.#waiting.get(reply.id);
    if ("failure" in reply) waiting?.reject(new ProviderError(reply.failure.code, reply.failure.message));
    else waiting?.resolve(reply.result);
  }

  #lost(): void {
    for (const { reject } of this.#waiting.values()) reject(lostError());
  }
}

function lostError(): ProviderError {
  return new ProviderError(
    "Unavailable",
    "The connection to the supervisor was lost; whether it did what it was asked is unknown.",
  );
}
