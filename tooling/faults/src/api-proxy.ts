import { once } from "node:events";
import { type IncomingMessage, type RequestListener, type Server, type ServerResponse, createServer } from "node:http";
import { Server as TlsServer, createServer as createTlsServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { TLSSocket } from "node:tls";
import type { Connection, KeyPairPem } from "@virtual-kubelet/kubernetes";

/** A request as the proxy sees it before anybody else does. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
  readonly authorization: string | undefined;
  /** Of the client's certificate, if it showed one. */
  readonly serialNumber: string | undefined;
  /** When it came; of `performance`. */
  readonly atMs: number;
}

/** An answer that the API server never gave. */
export interface Answer {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** Instead of a `Status`: these lines, after which the answer stays open. */
  readonly lines?: readonly string[];
  /** Instead of a `Status`: this object. */
  readonly body?: object;
}

/** What becomes of a request: passed on if nothing is said, never answered, or its connection cut. */
export type Verdict = Answer | "hang" | "cut" | undefined;

export interface ApiProxyOptions {
  /** Of the API server, as whom everybody comes who goes through the proxy. */
  readonly upstream: Connection;
  /** With it the proxy speaks TLS. */
  readonly certificate?: KeyPairPem;
}

/** Stands between a node and its API server, and does there what a scenario says. */
export class ApiProxy implements AsyncDisposable {
  /** Judges each request; later, if it wants to hold it. */
  judge: (request: ApiRequest) => Verdict | Promise<Verdict> = () => undefined;
  /** What a line of a watch becomes: nothing, itself, several, or bytes that are no line. `undefined`: the connection is cut. */
  rewrite: (line: string) => readonly (string | Uint8Array)[] | undefined = (line) => [`${line}\n`];
  readonly requests: ApiRequest[] = [];
  readonly connection: Connection;
  readonly #options: ApiProxyOptions;
  readonly #server: Server;
  readonly #port: number;
  readonly #watches = new Set<ServerResponse>();
  readonly #silenced = new WeakSet<ServerResponse>();

  private constructor(options: ApiProxyOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    const scheme = options.certificate ? "https" : "http";
    this.connection = { server: `${scheme}://127.0.0.1:${this.#port}`, namespace: "default", credentials: () => ({}) };
    server.on(
      "request",
      ((from, to) => void this.#answer(from, to).catch(() => to.destroy())) satisfies RequestListener,
    );
  }

  static async start(options: ApiProxyOptions): Promise<ApiProxy> {
    const { certificate } = options;
    const server = certificate
      ? createTlsServer({
          cert: certificate.certificate,
          key: certificate.key,
          requestCert: true,
          rejectUnauthorized: false,
        })
      : createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ApiProxy(options, server);
  }

  /** Requests that came since, and that are as the scenario wants them. */
  count(is: (request: ApiRequest) => boolean, sinceMs = 0): number {
    return this.requests.filter((each) => each.atMs >= sinceMs && is(each)).length;
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  /** Ends every watch without ending its answer. */
  cutWatches(): void {
    for (const watch of this.#watches) watch.destroy();
  }

  /** As a server does it when a watch's time is up. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** The watches that are open now say nothing more, nor end: what a network does that has lost the other side. */
  silenceWatches(): void {
    for (const watch of this.#watches) this.#silenced.add(watch);
  }

  /** From now on another certificate, and new connections. */
  presentAs({ certificate: cert, key }: KeyPairPem): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext({ cert, key });
    this.#server.closeAllConnections();
  }

  /** Nobody listens any more. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async resume(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #answer(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = from;
    const isWatch = new URL(path, "http://server").searchParams.get("watch") === "true";
    const serialNumber = from.socket instanceof TLSSocket ? from.socket.getPeerCertificate().serialNumber : undefined;
    const { authorization } = headers;
    const seen = { method, path, isWatch, authorization, serialNumber, atMs: performance.now() };
    this.requests.push(seen);
    const verdict = await this.judge(seen);
    if (verdict === "hang") return;
    if (verdict === "cut") from.socket.destroy();
    else if (verdict) from.resume().on("end", () => give(verdict, to));
    else await this.#pass(from, to, isWatch);
  }

  async #pass(from: IncomingMessage, to: ServerResponse, isWatch: boolean): Promise<void> {
    const { upstream } = this.#options;
    const { authorization: _, host: __, ...headers } = from.headers;
    const credentials = await upstream.credentials({ refresh: false, signal: AbortSignal.timeout(1_000) });
    const { ca, cert, key } = credentials;
    const { method, url = "/" } = from;
    const onward = request(new URL(url, upstream.server), { method, headers, ca, cert, key } as object);
    to.on("close", () => onward.destroy());
    from.pipe(onward);
    const [answer] = (await once(onward, "response")) as [IncomingMessage];
    onward.on("error", () => to.destroy());
    to.writeHead(answer.statusCode ?? 500, answer.headers).flushHeaders();
    if (!isWatch || answer.statusCode !== 200) answer.pipe(to);
    else await this.#passLines(answer, to);
  }

  async #passLines(answer: IncomingMessage, to: ServerResponse): Promise<void> {
    this.#watches.add(to);
    to.on("close", () => this.#watches.delete(to));
    for await (const line of createInterface(answer)) {
      if (this.#silenced.has(to)) continue;
      const pieces = this.rewrite(line);
      if (!pieces) return void to.destroy();
      for (const piece of pieces) to.write(piece);
    }
    if (!this.#silenced.has(to)) to.end();
  }
}

function give({ code, reason = "", message = "so the proxy was told", ...answer }: Answer, to: ServerResponse): void {
  const { retryAfterSeconds, lines, body } = answer;
  to.setHeader("content-type", "application/json");
  if (retryAfterSeconds !== undefined) to.setHeader("retry-after", String(retryAfterSeconds));
  to.writeHead(code);
  if (lines) {
    to.flushHeaders();
    for (const line of lines) to.write(`${line}\n`);
    return;
  }
  to.end(JSON.stringify(body ?? { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message }));
}

/** Whether a request is for one of a resource's objects, or for all: `isFor("pods/status")`, `isFor("leases", "PATCH")`. */
export function isFor(resource: string, method?: string): (request: ApiRequest) => boolean {
  const [plural = "", subresource] = resource.split("/");
  return (seen) => {
    const parts = (seen.path.split("?", 1)[0] ?? "").split("/");
    const at = parts.lastIndexOf(plural);
    return at > 0 && parts[at + 2] === subresource && (method === undefined || seen.method === method);
  };
}

export function isPodList({ path, method, isWatch }: ApiRequest): boolean {
  if (method !== "GET" || !path.startsWith("/api/v1/pods?")) return false;
  return !isWatch || path.includes("sendInitialEvents=true");
}

export function isPodWatch({ path, isWatch }: ApiRequest): boolean {
  return isWatch && path.startsWith("/api/v1/pods?");
}
