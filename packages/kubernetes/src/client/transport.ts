import type { Dispatcher } from "undici";
import type { Connection, Credentials, CredentialsCall } from "../connection/connection.ts";
import { Reachability } from "../connection/reachability.ts";
import { publish } from "../diagnostics/publish.ts";
import { Deadline } from "./deadline.ts";
import { Dispatchers, type Lane, laneOf } from "./dispatchers.ts";
import { errorFromAnswer, errorFromInvalidAnswer } from "./error-from-answer.ts";
import { errorFromTransport, isBrokenConnection, isUnknownServer } from "./error-from-transport.ts";
import type { KubernetesError } from "./kubernetes-error.ts";
import { pause, unlessAborted } from "./pause.ts";
import { requestKind } from "../diagnostics/request-kind.ts";
import { sameCredentials } from "./same-credentials.ts";

export interface TransportOptions {
  readonly connection: Connection;
  readonly userAgent: string;
  readonly maxConnections: number;
}

/** One HTTP request, its path and query already put together and its body already JSON. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface TransportCall {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export interface StreamCall extends TransportCall {
  readonly silence?: SilenceLimit | undefined;
}

/** How long a stream may be silent; may be changed while it is open. */
export interface SilenceLimit {
  limitMs: number;
}

/** The body of an answer, as it comes. */
type AnswerBody = Dispatcher.ResponseData["body"];

interface Attempt {
  readonly request: TransportRequest;
  readonly what: string;
  readonly lane: Lane;
  readonly deadline: Deadline;
}

interface StaleCredentials {
  readonly credentials: Credentials;
  /** What about them was wrong. */
  readonly refresh: CredentialsCall["refresh"];
}

const maxThrottledRetries = 3;

/**
 * Sends requests as one identity and turns every failure into a `KubernetesError`. It repeats a request by itself only
 * when that cannot do harm: once with newer credentials after a 401 or when the server's certificate could not be
 * verified, before which nothing is sent; after the time that the server asked for with a 429 or 503; and a GET on a
 * connection that the server had closed.
 */
export class Transport implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #userAgent: string;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #dispatchers: Dispatchers;
  /** Whether the server answers, as these requests find it. */
  readonly reachability: Reachability = new Reachability();

  constructor(options: TransportOptions) {
    const { connection, userAgent, maxConnections } = options;
    const server = new URL(connection.server);
    this.#connection = connection;
    this.#userAgent = userAgent;
    this.#origin = server.origin;
    this.#basePath = server.pathname.replace(/\/+$/, "");
    this.#dispatchers = new Dispatchers({ proxyUrl: connection.proxyUrl, maxConnections });
  }

  /** The whole answer, parsed; `undefined` when it is empty. */
  async json(request: TransportRequest, call: TransportCall): Promise<unknown> {
    const what = nameOf(request);
    using deadline = new Deadline({ ...call, what });
    const body = await this.#send({ request, what, lane: laneOf(request), deadline });
    const text = await this.#orTransportError(body.text(), { what, deadline });
    try {
      return text === "" ? undefined : JSON.parse(text);
    } catch (cause) {
      throw errorFromInvalidAnswer({ what, problem: "the answer is not JSON", text, cause });
    }
  }

  /**
   * The answer as a stream of bytes. The deadline ends when it begins, the signal lives as long as the stream. It fails with
   * `DeadlineExceeded` when nothing comes for too long; only waiting counts, a reader that takes its time is no silent
   * server.
   */
  async *stream(request: TransportRequest, call: StreamCall): AsyncGenerator<Uint8Array, void, undefined> {
    const what = nameOf(request);
    using deadline = new Deadline({ ...call, what });
    const body = await this.#send({ request, what, lane: "stream", deadline });
    try {
      const chunks: AsyncIterator<Uint8Array, void> = body[Symbol.asyncIterator]();
      for (;;) {
        deadline.lift();
        if (call.silence !== undefined) deadline.restart(call.silence.limitMs, "nothing heard for");
        const next = await this.#orTransportError(chunks.next(), { what, deadline });
        deadline.lift();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      body.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatchers[Symbol.asyncDispose]();
  }

  async #send(attempt: Attempt): Promise<AnswerBody> {
    try {
      const body = await this.#sendUntilAnswered(attempt);
      this.reachability.answered();
      return body;
    } catch (error) {
      this.reachability.failed(error);
      throw error;
    }
  }

  async #sendUntilAnswered(attempt: Attempt): Promise<AnswerBody> {
    const { request, what, deadline } = attempt;
    let stale: StaleCredentials | undefined;
    let renewed = false;
    let throttled = 0;
    let repeatable = request.method === "GET";
    for (;;) {
      const credentials = await this.#credentials(deadline.signal, stale);
      stale = undefined;
      let answer: Dispatcher.ResponseData;
      try {
        answer = await this.#dispatch(attempt, credentials);
      } catch (error) {
        if (deadline.signal.aborted) throw deadline.signal.reason;
        if (isUnknownServer(error) && !renewed) {
          renewed = true;
          stale = { credentials, refresh: "ca" };
        } else if (isBrokenConnection(error) && repeatable) {
          repeatable = false;
        } else {
          throw errorFromTransport(error, { what, server: this.#origin });
        }
        continue;
      }
      if (answer.statusCode >= 200 && answer.statusCode < 300) return answer.body;
      const failure = await this.#failureOf(answer, attempt);
      const afterMs = throttled < maxThrottledRetries ? retryAfter(failure, deadline.remainingMs) : undefined;
      if (failure.code === 401 && !renewed) {
        renewed = true;
        stale = { credentials, refresh: true };
      } else if (afterMs !== undefined) {
        throttled++;
        await pause(afterMs, deadline.signal);
      } else {
        throw failure;
      }
    }
  }

  async #failureOf(answer: Dispatcher.ResponseData, attempt: Attempt): Promise<KubernetesError> {
    const body = await this.#orTransportError(answer.body.text(), attempt);
    const { statusCode: code, statusText, headers } = answer;
    return errorFromAnswer({ what: attempt.what, code, statusText, headers, body });
  }

  /** Those to use now. Newer ones are looked for only when no other request has brought them since the stale ones were sent. */
  async #credentials(signal: AbortSignal, stale: StaleCredentials | undefined): Promise<Credentials> {
    const ask = async (refresh: CredentialsCall["refresh"]): Promise<Credentials> => {
      signal.throwIfAborted();
      return unlessAborted(this.#connection.credentials({ refresh, signal }), signal);
    };
    const known = await ask(false);
    return stale && sameCredentials(known, stale.credentials) ? ask(stale.refresh) : known;
  }

  async #dispatch(attempt: Attempt, credentials: Credentials): Promise<Dispatcher.ResponseData> {
    const { request, lane, deadline } = attempt;
    const options = {
      origin: this.#origin,
      path: this.#basePath + request.path,
      method: request.method,
      body: request.body ?? null,
      signal: deadline.signal,
      headers: {
        accept: "application/json",
        "user-agent": this.#userAgent,
        ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
        ...(credentials.token === undefined ? {} : { authorization: `Bearer ${credentials.token}` }),
        ...credentials.headers,
        ...request.headers,
      },
    };
    const startedAt = performance.now();
    let code = 0;
    try {
      const answer = await this.#dispatchers.request({ credentials, lane }, options);
      code = answer.statusCode;
      return answer;
    } finally {
      const { method, path } = request;
      const durationMs = performance.now() - startedAt;
      publish("virtual-kubelet:api-request", () => ({ method, ...requestKind(method, path), code, durationMs }));
    }
  }

  async #orTransportError<T>(reading: Promise<T>, attempt: Pick<Attempt, "what" | "deadline">): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (attempt.deadline.signal.aborted) throw attempt.deadline.signal.reason;
      throw errorFromTransport(error, { what: attempt.what, server: this.#origin });
    }
  }
}

/** How long to wait before the server may be asked again; `undefined` when it did not say, or when that would be too late. */
function retryAfter(failure: KubernetesError, remainingMs: number): number | undefined {
  if (failure.code !== 429 && failure.code !== 503) return undefined;
  return failure.retryAfterMs !== undefined && failure.retryAfterMs < remainingMs ? failure.retryAfterMs : undefined;
}

function nameOf(request: TransportRequest): string {
  return `${request.method} ${request.path.split("?", 1)[0]}`;
}
