import { RequestBudget, unlessAborted } from "@virtual-kubelet/pod-toolkit";
import { type Call, ProviderError } from "@virtual-kubelet/provider";
import { Agent, type Dispatcher, buildConnector } from "undici";
import { WebSocket } from "ws";
import { errorFromAnswer } from "./client/error-from-answer.ts";
import { errorFromTransport } from "./client/error-from-transport.ts";
import { type NomadRequest, targetOf } from "./client/nomad-request.ts";
import { openSocket } from "./client/open-socket.ts";
import { parsed } from "./client/parsed.ts";
import { RequestLimit } from "./client/request-limit.ts";
import { type TlsFiles, tlsOptions } from "./client/tls.ts";

export interface NomadClientOptions extends TlsFiles {
  /** `http://127.0.0.1:4646`, without a path. */
  readonly address: string;
  readonly token?: string | undefined;
  readonly region?: string | undefined;
  readonly namespace: string;
}

/** What was asked for, and the index of Nomad's state that it is true of. */
export interface Answered<T> {
  readonly value: T;
  readonly index: number;
}

/** A question that is answered only when the state has gone past `index`, or after `waitMs`. */
export interface BlockingCall extends Call {
  readonly index: number;
  readonly waitMs: number;
}

export interface StreamCall extends Call {
  /** After how long without a byte it counts as dead. */
  readonly silenceMs: number;
}

const requestTimeoutMs = 20_000;
/** By how much Nomad may stretch a blocking query, and a little. */
const waitStretch = 1 / 16;

/** In all well below the hundred of one address that Nomad takes (`limits.http_max_conns_per_client`); websockets come to it. */
const connections = { requests: 16, watches: 8, streams: 60 } as const;

const pool = {
  allowH2: false,
  pipelining: 1,
  keepAliveTimeout: 30_000,
  // Deadlines are ours: per request, and per silence of a stream.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

/**
 * Nomad's HTTP API. Every request has the token, namespace and region, the caller's signal and a limit of its own; every failure
 * is a `ProviderError`; what does no harm is tried again.
 */
export class NomadClient implements AsyncDisposable {
  readonly #options: NomadClientOptions;
  readonly #budget = new RequestBudget({
    classes: { repeatable: { isIdempotent: true }, once: { isIdempotent: false } },
    firstWaitMs: 200,
    maxWaitMs: 5_000,
  });
  readonly #requests: Agent;
  /** What stays open has its own connections: neither logs nor watches keep a request waiting, nor logs a watch. */
  readonly #streams: Agent;
  readonly #watches: Agent;

  constructor(options: NomadClientOptions) {
    this.#options = options;
    const connect: buildConnector.connector = (target, done) => {
      try {
        buildConnector({ ...tlsOptions(options), keepAlive: true, keepAliveInitialDelay: 15_000, timeout: 10_000 })(
          target,
          done,
        );
      } catch (error) {
        done(error as Error, null);
      }
    };
    this.#requests = new Agent({ ...pool, connections: connections.requests, connect });
    this.#streams = new Agent({ ...pool, connections: connections.streams, connect });
    this.#watches = new Agent({ ...pool, connections: connections.watches, connect });
  }

  /** The whole answer, parsed; `undefined` when it is empty. */
  async json<T>(request: NomadRequest, call: Call): Promise<T> {
    return (await this.query<T>(request, call)).value;
  }

  async query<T>(request: NomadRequest, call: Call): Promise<Answered<T>> {
    const { text, index } = await this.#repeatable(request, call);
    return { value: parsed(text, whatOf(request)) as T, index };
  }

  /** Waits until there is something new. */
  async blocking<T>(request: NomadRequest, call: BlockingCall): Promise<Answered<T>> {
    const { index, waitMs, signal } = call;
    const query = { ...request.query, index, wait: `${waitMs}ms` };
    const timeoutMs = requestTimeoutMs + waitMs * (1 + waitStretch);
    using limit = this.#limit(request, { signal, timeoutMs });
    const answer = await this.#send({ ...request, query }, { agent: this.#laneOf(request), signal: limit.signal });
    const text = await this.#read(request, answer.body.text(), limit.signal);
    if (answer.headers["x-nomad-index"] === undefined) throw withoutIndex(request);
    return { value: parsed(text, whatOf(request)) as T, index: indexOf(answer) };
  }

  async bytes(request: NomadRequest, call: Call): Promise<Buffer> {
    return Buffer.from((await this.#repeatable(request, call)).bytes);
  }

  /** Resolves when Nomad has said that the stream comes. It ends with `Unavailable` when it falls silent. */
  async stream(request: NomadRequest, call: StreamCall): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
    const limit = this.#limit(request, { signal: call.signal, timeoutMs: requestTimeoutMs });
    try {
      const answer = await this.#send(request, { agent: this.#laneOf(request), signal: limit.signal });
      const chunks = this.#chunks(request, answer.body, { limit, silenceMs: call.silenceMs });
      // Begun, as one that is not would be ended without letting go of the connection.
      await chunks.next();
      return chunks;
    } catch (error) {
      limit[Symbol.dispose]();
      throw error;
    }
  }

  /** A websocket that is open, and paused. The caller resumes and ends it. */
  async socket(request: NomadRequest, call: Call): Promise<WebSocket> {
    using limit = this.#limit(request, { signal: call.signal, timeoutMs: requestTimeoutMs });
    const url = this.#options.address.replace(/^http/, "ws") + targetOf(request, this.#options);
    const socket = new WebSocket(url, { ...tlsOptions(this.#options), headers: this.#headers() });
    const opened = await openSocket(socket, limit.signal).catch((error: unknown) => {
      throw limit.signal.aborted ? limit.signal.reason : this.#transportError(request, error);
    });
    if (opened !== undefined) throw errorFromAnswer(opened, request, this.#options);
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#requests, this.#streams, this.#watches].map((agent) => agent.destroy()));
  }

  async #repeatable(
    request: NomadRequest,
    { signal }: Call,
  ): Promise<{ readonly text: string; readonly bytes: ArrayBuffer; readonly index: number }> {
    using limit = this.#limit(request, { signal, timeoutMs: requestTimeoutMs });
    const once = async () => {
      const answer = await this.#send(request, { agent: this.#requests, signal: limit.signal });
      const bytes = await this.#read(request, answer.body.arrayBuffer(), limit.signal);
      return { text: Buffer.from(bytes).toString(), bytes, index: indexOf(answer) };
    };
    const isRepeatable = request.repeatable ?? request.method === "GET";
    // Awaited: the limit ends with this function.
    return await this.#budget.run(isRepeatable ? "repeatable" : "once", once, { signal: limit.signal });
  }

  async #send(
    request: NomadRequest,
    { agent, signal }: { readonly agent: Agent; readonly signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData> {
    const options = {
      origin: this.#options.address,
      path: targetOf(request, this.#options),
      method: request.method,
      body: request.body === undefined ? null : JSON.stringify(request.body),
      headers: this.#headers(),
      signal,
    };
    // A request that waits for a connection does not mind its signal.
    const answer = await this.#read(request, unlessAborted(agent.request(options), signal), signal);
    if (answer.statusCode >= 200 && answer.statusCode < 300) return answer;
    const text = await this.#read(request, answer.body.text(), signal);
    const retryAfter = answer.headers["retry-after"];
    throw errorFromAnswer(
      { status: answer.statusCode, text, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter },
      request,
      this.#options,
    );
  }

  async *#chunks(
    request: NomadRequest,
    body: Dispatcher.ResponseData["body"],
    { limit, silenceMs }: { readonly limit: RequestLimit; readonly silenceMs: number },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      limit.lift();
      yield new Uint8Array();
      const chunks: AsyncIterator<Uint8Array, void> = body[Symbol.asyncIterator]();
      for (;;) {
        limit.restart(silenceMs, "nothing heard for");
        const next = await this.#read(request, chunks.next(), limit.signal);
        // Only waiting counts: a reader that takes its time is no silent server.
        limit.lift();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      limit[Symbol.dispose]();
      body.destroy();
    }
  }

  async #read<T>(request: NomadRequest, reading: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw this.#transportError(request, error);
    }
  }

  #transportError({ method, path }: NomadRequest, error: unknown): Error {
    return errorFromTransport(error, { what: `${method} ${path}`, address: this.#options.address });
  }

  #limit(
    { method, path }: NomadRequest,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): RequestLimit {
    return new RequestLimit({ ...options, what: `${method} ${path}` });
  }

  #laneOf({ lane = "stream" }: NomadRequest): Agent {
    return { watch: this.#watches, stream: this.#streams, request: this.#requests }[lane];
  }

  #headers(): Record<string, string> {
    const { token } = this.#options;
    return { accept: "application/json", ...(token === undefined ? {} : { "x-nomad-token": token }) };
  }
}

function whatOf({ method, path }: NomadRequest): string {
  return `${method} ${path}`;
}

/** Asked once more without an index, Nomad would answer at once, again and again. */
function withoutIndex(request: NomadRequest): ProviderError {
  const why = "the answer has no X-Nomad-Index: does something on the way take it out?";
  return new ProviderError("Unavailable", `${whatOf(request)}: ${why}`);
}

function indexOf({ headers }: Dispatcher.ResponseData): number {
  return Number(headers["x-nomad-index"] ?? 0);
}
