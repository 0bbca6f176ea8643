import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, Server as TlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type SecureContextOptions, TLSSocket } from "node:tls";
import type { Connection, Credentials } from "../src/index.ts";

/** One request, held until the test answers it: a test reads as the conversation that it is about. */
export class Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly closed: Promise<void>;
  /** The common name of the client's certificate. */
  readonly peerName: string;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, body: string) {
    const url = new URL(request.url ?? "/", "http://server");
    this.method = request.method ?? "";
    this.path = url.pathname;
    this.query = Object.fromEntries(url.searchParams);
    this.headers = request.headers;
    this.body = body;
    this.peerName = request.socket instanceof TLSSocket ? String(request.socket.getPeerCertificate().subject?.CN) : "";
    this.#response = response;
    this.closed = new Promise((resolve) => response.on("close", resolve));
  }

  json(body: unknown, status = 200, headers: Record<string, string> = {}): void {
    this.text(JSON.stringify(body), status, { "content-type": "application/json", ...headers });
  }

  text(body: string, status: number, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, headers).end(body);
  }

  status(code: number, reason: string, more: { headers?: Record<string, string>; details?: object } = {}): void {
    const { headers = {}, details } = more;
    this.json(
      { kind: "Status", apiVersion: "v1", status: "Failure", message: `it is ${reason}`, reason, code, details },
      code,
      headers,
    );
  }

  list(items: readonly object[], metadata: { resourceVersion: string; continue?: string }): void {
    this.json({ kind: "PodList", apiVersion: "v1", metadata, items });
  }

  event(type: string, object: object): this {
    return this.raw(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: string, annotations?: Record<string, string>): this {
    return this.event("BOOKMARK", {
      kind: "Pod",
      apiVersion: "v1",
      metadata: { resourceVersion, ...(annotations ? { annotations } : {}) },
    });
  }

  /** The end of the initial events of a streaming list. */
  listed(resourceVersion: string): this {
    return this.bookmark(resourceVersion, { "k8s.io/initial-events-end": "true" });
  }

  raw(bytes: string | Uint8Array): this {
    this.#response.write(bytes);
    return this;
  }

  end(): void {
    this.#response.end();
  }

  /** Ends the connection without ending the answer. */
  cut(): void {
    this.#response.destroy();
  }
}

/** A server of the Kubernetes protocol whose every answer the test gives. */
export class FakeApiServer implements AsyncDisposable {
  connections = 0;
  readonly url: string;
  readonly #server: Server;
  readonly #waiting: Exchange[] = [];
  readonly #readers: ((exchange: Exchange) => void)[] = [];
  readonly #sockets = new Set<Socket>();
  #answerAll: ((exchange: Exchange) => void) | undefined;

  private constructor(server: Server, scheme: "http" | "https") {
    this.#server = server;
    this.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on(scheme === "http" ? "connection" : "secureConnection", () => this.connections++);
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#arrive(request, response));
  }

  static async start(tls?: ServerOptions): Promise<FakeApiServer> {
    const server = tls ? createTlsServer(tls) : createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new FakeApiServer(server, tls ? "https" : "http");
  }

  connection(credentials: Credentials = {}): Connection {
    return { server: this.url, credentials: () => credentials };
  }

  /** The next request, in order of arrival. */
  next(withinMs = 5000): Promise<Exchange> {
    const waiting = this.#waiting.shift();
    if (waiting) return Promise.resolve(waiting);
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
    const timer = setTimeout(() => reject(new Error(`no request within ${withinMs} ms`)), withinMs);
    this.#readers.push((exchange) => {
      clearTimeout(timer);
      resolve(exchange);
    });
    return promise;
  }

  /** Answers every request from now on in the same way, instead of keeping it for `next`. */
  answerAll(answer: ((exchange: Exchange) => void) | undefined): void {
    this.#answerAll = answer;
  }

  /** From now on another certificate, as after a restart: the connections that were open are not any more. */
  presentAs(tls: SecureContextOptions): void {
    if (!(this.#server instanceof TlsServer)) throw new TypeError("a server without TLS has no certificate");
    this.#server.setSecureContext(tls);
    for (const connection of this.#sockets) connection.destroy();
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  get unanswered(): number {
    return this.#waiting.length;
  }

  async #arrive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request, response, await text(request));
    const reader = this.#answerAll ?? this.#readers.shift();
    if (reader) reader(exchange);
    else this.#waiting.push(exchange);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
